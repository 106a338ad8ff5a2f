import { sameShape } from "../dtype.js"
import { requireFloats, requireShape } from "../errors.js"
import { apply, apply1, type Op } from "../op.js"
import type { Tensor } from "../tensor.js"
import { mul, sub } from "./elementwise.js"
import { matmul } from "./matmul.js"
import { softmax } from "./normalise.js"
import { sum } from "./sum.js"

export type AttentionAttrs = { scale: number }

/** FLOPs of `products` batched matrix products of queries x keys x head size. */
export const attentionFlops =
  (products: number) =>
  ([q, k]: readonly Tensor[]): number =>
    2 * products * q.size * k.shape.at(-2)!

const probabilities = (q: Tensor, k: Tensor, scale: number): Tensor =>
  softmax(matmul(mul(q, scale), k, { transposeB: true }))

/**
 * softmax(scale q k^T) v, with q, k, v of shape [batch, heads, tokens, head size] (Vaswani et al.
 * 2017).
 */
export const attentionOp: Op<AttentionAttrs> = {
  name: "attention",
  flops: attentionFlops(2),
  shape([q, k, v]) {
    requireFloats("attention", [q, k, v])
    const alike = sameShape(k.shape, v.shape) && q.rank === 4 && k.rank === 4
    const fits = alike && q.shape.every((d, i) => i === 2 || d === k.shape[i])
    requireShape(
      fits,
      "attention",
      [q, k, v],
      "expects q, k and v of shape [batch, heads, tokens, head size]",
    )
    return [q]
  },
  gradient({ inputs, outputs: [o], attrs }, [g]) {
    return apply(attentionGradientOp, [...inputs, o, g!], attrs)
  },
  decompose: ([q, k, v], { scale }) => [matmul(probabilities(q, k, scale), v)],
}

/** The cotangents of q, k and v, from q, k, v, the output of attention and its cotangent. */
export const attentionGradientOp: Op<AttentionAttrs> = {
  name: "attentionGradient",
  flops: attentionFlops(5),
  shape: ([q, k, v]) => [q, k, v],
  decompose([q, k, v, o, g], { scale }) {
    const p = probabilities(q, k, scale)
    // The row sums of g o equal those of dP P and are far cheaper (Dao et al. 2022, section 3.1).
    const delta = sum(mul(g, o), -1, { keepDims: true })
    const dScores = mul(p, sub(matmul(g, v, { transposeB: true }), delta))
    return [
      mul(matmul(dScores, k), scale),
      matmul(dScores, mul(q, scale), { transposeA: true }),
      matmul(p, g, { transposeA: true }),
    ]
  },
}

/** Scaled dot-product attention; `scale` defaults to 1 / sqrt(head size). */
export const attention = (
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { scale = q.shape.at(-1)! ** -0.5 }: Partial<AttentionAttrs> = {},
): Tensor => apply1(attentionOp, [q, k, v], { scale })
