import { type Spec, sameShape } from "../dtype.js"
import { requireShape } from "../errors.js"
import type { Op } from "../op.js"
import type { Tensor } from "../tensor.js"
import { type AttentionAttrs, attentionFlops, attentionOp } from "./attention.js"
import { add, exp, log, mul, sub } from "./elementwise.js"
import { matmul } from "./matmul.js"
import { max } from "./reduce.js"
import { cast, permute, reshape } from "./shape.js"
import { sum } from "./sum.js"

// Attention by kernels that never store the scores (FlashAttention-2, Dao 2023). Queries are [B, H,
// N, D], keys and values [B, H, M, D]. The output is [B, N, H, D], the layout that the projection
// after it reads.

const keep = { keepDims: true } as const
const headsInside = [0, 2, 1, 3]

const scoresOf = (q: Tensor, k: Tensor, scale: number): Tensor =>
  cast(matmul(mul(q, scale), k, { transposeB: true }), "f32")

const outputLike = ({ dtype, shape: [b, h, n, d] }: Spec): Spec => ({
  dtype,
  shape: [b, n, h, d],
})

/** One number per query; sums are f32 whatever the queries' dtype. */
const statisticLike = ({ shape }: Spec): Spec => ({ dtype: "f32", shape: shape.slice(0, -1) })

/**
 * Attention of q, k, v [batch, heads, tokens, head size]. Returns the output as [batch, tokens,
 * heads, head size] and logSumExp [batch, heads, tokens], the log of each row's sum of exp(scale q
 * k^T).
 */
export const flashForwardOp: Op<AttentionAttrs> = {
  name: "flashForward",
  flops: attentionFlops(2),
  shape(inputs, attrs) {
    const [q] = attentionOp.shape(inputs, attrs)
    return [outputLike(q), statisticLike(q)]
  },
  decompose([q, k, v], { scale }) {
    const scores = scoresOf(q, k, scale)
    const largest = max(scores, -1, keep)
    const logSumExp = add(largest, log(sum(exp(sub(scores, largest)), -1, keep)))
    const p = cast(exp(sub(scores, logSumExp)), v.dtype)
    return [permute(matmul(p, v), headsInside), reshape(logSumExp, logSumExp.shape.slice(0, -1))]
  },
}

const gradientShape =
  (name: string, outputs: (q: Spec, k: Spec, v: Spec) => Spec[]): Op<AttentionAttrs>["shape"] =>
  (inputs, attrs) => {
    const [q, k, v, g, ...rest] = inputs
    attentionOp.shape([q, k, v], attrs)
    const statistic = statisticLike(q).shape
    const fits = sameShape(g.shape, q.shape) && g.dtype === q.dtype
    const alike = rest.every((t) => t.dtype === "f32" && sameShape(t.shape, statistic))
    const expected = `expects g like q, and logSumExp and delta f32[${statistic}]`
    requireShape(fits && alike && rest.length === 2, name, inputs, expected)
    return outputs(q, k, v)
  }

/** The probabilities and the scores' cotangents, both [B, H, N, M]. */
function gradientParts([q, k, v, g, logSumExp, delta]: readonly Tensor[], scale: number) {
  const column = (t: Tensor) => reshape(t, [...t.shape, 1])
  const p = exp(sub(scoresOf(q, k, scale), column(logSumExp)))
  const dP = cast(matmul(g, v, { transposeB: true }), "f32")
  const dScores = mul(p, sub(dP, column(delta)))
  return { p: cast(p, v.dtype), dScores: cast(dScores, q.dtype) }
}

/**
 * The cotangent of q, [batch, tokens, heads, head size], from q, k, v, the output's cotangent g
 * [batch, heads, tokens, head size], and flashForward's logSumExp and delta, the sum of output
 * times g, both [batch, heads, tokens].
 */
export const flashGradientQOp: Op<AttentionAttrs> = {
  name: "flashGradientQ",
  flops: attentionFlops(3),
  writesStrided: true,
  shape: gradientShape("flashGradientQ", (q) => [outputLike(q)]),
  decompose(inputs, { scale }) {
    const { dScores } = gradientParts(inputs, scale)
    return [permute(mul(matmul(dScores, inputs[1]), scale), headsInside)]
  },
}

/** The cotangents of k and v, from the inputs of flashGradientQ and in its layout. */
export const flashGradientKVOp: Op<AttentionAttrs> = {
  name: "flashGradientKV",
  flops: attentionFlops(4),
  writesStrided: true,
  shape: gradientShape("flashGradientKV", (_, k, v) => [outputLike(k), outputLike(v)]),
  decompose(inputs, { scale }) {
    const { p, dScores } = gradientParts(inputs, scale)
    const [q, , , g] = inputs
    const dK = matmul(dScores, mul(q, scale), { transposeA: true })
    const dV = matmul(p, g, { transposeA: true })
    return [permute(dK, headsInside), permute(dV, headsInside)]
  },
}
