import { add, layerNorm, mul, reshape, type Tensor } from "@tubelet/core"
import { type AttentionConfig, attentionParameters, selfAttention } from "./attention.js"
import { constant, ones, zeros } from "./initialise.js"
import { mlp, mlpParameters } from "./mlp.js"
import { type Declarations, type Initialiser, type Parameters, scope, under } from "./parameters.js"

export interface BlockConfig extends AttentionConfig {
  /** Hidden width of the MLP. */
  readonly mlpHidden: number
  /** Added to the variance in layer norms. */
  readonly eps: number
  /** The initial value of layer scale (Touvron et al. 2021); 0 for none. */
  readonly initValues?: number
}

export const normParameters = (dim: number): Declarations => ({
  weight: { shape: [dim], init: ones },
  bias: { shape: [dim], init: zeros },
})

export function blockParameters(config: BlockConfig, weight?: Initialiser): Declarations {
  const { dim, mlpHidden, initValues = 0 } = config
  const gamma = { shape: [dim], init: constant(initValues) }
  return {
    ...(initValues > 0 && { gamma_1: gamma, gamma_2: gamma }),
    ...under("norm1", normParameters(dim)),
    ...under("attn", attentionParameters(config, weight)),
    ...under("norm2", normParameters(dim)),
    ...under("mlp", mlpParameters(dim, mlpHidden, weight)),
  }
}

/** Layer norm with the parameters `weight` and `bias` under `name`. */
export const norm = (p: Parameters, name: string, x: Tensor, eps: number): Tensor =>
  layerNorm(x, p[`${name}.weight`], p[`${name}.bias`], eps)

/**
 * Multiplies each sample's branch by its factor [B]: 0 drops it, 1 / (keep probability) keeps it.
 */
export const dropPath = (branch: Tensor, keep: Tensor | undefined): Tensor =>
  keep === undefined
    ? branch
    : mul(branch, reshape(keep, [keep.size, ...Array(branch.rank - 1).fill(1)]))

const scaled = (branch: Tensor, gamma: Tensor | undefined): Tensor =>
  gamma === undefined ? branch : mul(branch, gamma)

/**
 * A pre-norm transformer block on x [B, N, D] (Dosovitskiy et al. 2021): attention, then MLP, each
 * with a residual connection. `keep` contains the drop-path factors [B] of the two branches.
 */
export function block(
  p: Parameters,
  x: Tensor,
  config: BlockConfig,
  keep?: readonly [Tensor, Tensor],
): Tensor {
  const attended = selfAttention(scope(p, "attn"), norm(p, "norm1", x, config.eps), config)
  const y = add(x, dropPath(scaled(attended, p.gamma_1), keep?.[0]))
  const changed = mlp(scope(p, "mlp"), norm(p, "norm2", y, config.eps))
  return add(y, dropPath(scaled(changed, p.gamma_2), keep?.[1]))
}
