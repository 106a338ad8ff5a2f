import { add, div, minimum, mul, sqrt, square, sum, type Tensor } from "@tubelet/core"

type Gradients = Readonly<Record<string, Tensor>>

/** The Euclidean norm of all gradients together. */
export const globalNorm = (grads: Gradients): Tensor =>
  sqrt(pairwise(Object.values(grads).map((g) => sum(square(g)))))

/** Adds neighbours, then their sums: no sum waits for more than a few others. */
function pairwise(terms: readonly Tensor[]): Tensor {
  if (terms.length === 1) return terms[0]
  const half = 2 ** Math.ceil(Math.log2(terms.length) - 1)
  return add(pairwise(terms.slice(0, half)), pairwise(terms.slice(half)))
}

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
