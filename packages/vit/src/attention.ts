import {
  attention as attend,
  broadcast,
  concat,
  constant,
  exp,
  l2Normalise,
  linear,
  minimum,
  mul,
  permute,
  reshape,
  slice,
  type Tensor,
} from "@tubelet/core"
import { constant as filled, xavierUniform, zeros } from "./initialise.js"
import type { Declarations, Initialiser, Parameters } from "./parameters.js"

/** Biases of q, k and v. `full`: for all (timm); `qv`: none for k (BEiT, VideoMAE); `none`. */
export type QkvBias = "full" | "qv" | "none"

export interface AttentionConfig {
  readonly dim: number
  readonly heads: number
  readonly qkvBias: QkvBias
  /** Normalises q and k to length 1, with a learned scale per head (VideoMAE V2, after Swin V2). */
  readonly cosine?: boolean
}

/**
 * The upper bound for the logarithm of cosine attention's scale: log 100, rounded as in the
 * authors' code.
 */
const largestLogScale = 4.6052

export function attentionParameters(
  { dim, heads, qkvBias, cosine }: AttentionConfig,
  weight: Initialiser = xavierUniform,
): Declarations {
  return {
    ...(cosine && { scale: { shape: [heads, 1, 1], init: filled(Math.log(10)) } }),
    ...(qkvBias === "qv" && {
      q_bias: { shape: [dim], init: zeros },
      v_bias: { shape: [dim], init: zeros },
    }),
    "qkv.weight": { shape: [3 * dim, dim], init: weight },
    ...(qkvBias === "full" && { "qkv.bias": { shape: [3 * dim], init: zeros } }),
    "proj.weight": { shape: [dim, dim], init: weight },
    "proj.bias": { shape: [dim], init: zeros },
  }
}

function qkvBiasOf(p: Parameters, { dim, qkvBias }: AttentionConfig): Tensor | undefined {
  if (qkvBias === "full") return p["qkv.bias"]
  if (qkvBias === "none") return undefined
  return concat([p.q_bias, broadcast(constant(0), [dim]), p.v_bias])
}

/** Multi-head self-attention: x [B, N, D] to [B, N, D] (Vaswani et al. 2017). */
export function selfAttention(p: Parameters, x: Tensor, config: AttentionConfig): Tensor {
  const { heads } = config
  const [batch, tokens, dim] = x.shape as [number, number, number]
  const qkv = linear(x, p["qkv.weight"], qkvBiasOf(p, config))
  const byHead = permute(reshape(qkv, [batch, tokens, 3, heads, dim / heads]), [2, 0, 3, 1, 4])
  const part = (i: number) => reshape(slice(byHead, 0, i, i + 1), byHead.shape.slice(1))
  const mixed = config.cosine
    ? attend(cosineQuery(p, part(0)), l2Normalise(part(1)), part(2), { scale: 1 })
    : attend(part(0), part(1), part(2))
  const joined = reshape(permute(mixed, [0, 2, 1, 3]), [batch, tokens, dim])
  return linear(joined, p["proj.weight"], p["proj.bias"])
}

const cosineQuery = (p: Parameters, q: Tensor): Tensor =>
  mul(l2Normalise(q), exp(minimum(p.scale, largestLogScale)))
