import { TubeletError } from "@tubelet/core"

/** @throws TubeletError (`LOSS_NOT_FINITE`) if a step's loss or gradient norm is not finite. */
export function requireFinite(step: number, loss: number, gradNorm: number): void {
  if (Number.isFinite(loss) && Number.isFinite(gradNorm)) return
  const what = Number.isFinite(loss) ? `the gradient norm is ${gradNorm}` : `the loss is ${loss}`
  throw new TubeletError(
    `${what} at step ${step}`,
    "lower the learning rate, or pass `clipGrad: 1`; " +
      "`findNan: true` names the first op that yields NaN or Inf",
    { code: "LOSS_NOT_FINITE" },
  )
}
