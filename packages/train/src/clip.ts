import { add, div, minimum, mul, sqrt, square, sum, type Tensor } from "@tubelet/core"

type Gradients = Readonly<Record<string, Tensor>>

/** The Euclidean norm of all gradients together. */
export const globalNorm = (grads: Gradients): Tensor =>
  sqrt(
    Object.values(grads)
      .map((g) => sum(square(g)))
      .reduce((a, b) => add(a, b)),
  )

/**
 * Scales all gradients so that their global norm is at most `max`, as
 * torch.nn.utils.clip_grad_norm_: by max / (norm + 1e-6), never up. Gives the norm from before.
 */
export function clipByGlobalNorm(
  grads: Gradients,
  max: number | undefined,
): { grads: Record<string, Tensor>; norm: Tensor } {
  const norm = globalNorm(grads)
  if (max === undefined) return { grads, norm }
  const factor = minimum(div(max, add(norm, 1e-6)), 1)
  const clipped = Object.entries(grads).map(([name, g]) => [name, mul(g, factor)])
  return { grads: Object.fromEntries(clipped), norm }
}
