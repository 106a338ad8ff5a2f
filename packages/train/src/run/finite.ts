import { TubeletError } from "@tubelet/core"

/** Throws where a step's loss or gradients are not finite: its weights are worth nothing. */
export function requireFinite(step: number, loss: number, gradNorm: number): void {
  if (Number.isFinite(loss) && Number.isFinite(gradNorm)) return
  const what = Number.isFinite(loss) ? `the gradients' norm is ${gradNorm}` : `the loss is ${loss}`
  throw new TubeletError(
    `${what} at step ${step}`,
    "lower the learning rate, or set the option clipGrad to 1; " +
      "the option findNan names the op that broke first",
  )
}
