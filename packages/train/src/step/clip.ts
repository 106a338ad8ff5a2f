import { add, div, minimum, mul, sqrt, square, sum, type Tensor } from "@tubelet/core"
import { mapNamed, type Named } from "./named.js"

/** The Euclidean norm of all gradients together. */
export const globalNorm = (grads: Named<Tensor>): Tensor =>
  sqrt(pairwise(Object.values(grads).map((g) => sum(square(g)))))

/** Sums in a balanced tree, so that no addition waits for a long chain of others. */
function pairwise(terms: readonly Tensor[]): Tensor {
  if (terms.length === 1) return terms[0]
  const half = 2 ** Math.ceil(Math.log2(terms.length) - 1)
  return add(pairwise(terms.slice(0, half)), pairwise(terms.slice(half)))
}

/**
 * Scales all gradients so that their global norm is at most `max`, like
 * torch.nn.utils.clip_grad_norm_: by max / (norm + 1e-6), never up. Also returns the norm before.
 */
export function clipByGlobalNorm(
  grads: Named<Tensor>,
  max: number | undefined,
): { grads: Named<Tensor>; norm: Tensor } {
  const norm = globalNorm(grads)
  if (max === undefined) return { grads, norm }
  const factor = minimum(div(max, add(norm, 1e-6)), 1)
  return { grads: mapNamed(grads, (g) => mul(g, factor)), norm }
}
