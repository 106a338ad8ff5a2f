import type { Tensor } from "@tubelet/core"
import type { Emitter, ProductOptions, Writer } from "../writer.js"

/** Query rows per chunk: the scores of more exceed the cache (2 to 4% faster). */
const chunkRows = 472

/** Splits the rows of q [batch, heads, tokens, head size] into even chunks. */
function chunksOf(q: Tensor): number[] {
  const tokens = q.shape[2]
  const rows = Math.ceil(tokens / Math.ceil(tokens / chunkRows))
  return Array.from({ length: Math.ceil(tokens / rows) }, (_, i) =>
    Math.min(rows, tokens - i * rows),
  )
}

const tokenAxis = 2

function split(w: Writer, x: string, chunks: readonly number[]): string[] {
  if (chunks.length === 1) return [x]
  const attrs = { axis: tokenAxis }
  return w.nodes("Split", [x, w.ints(chunks)], { attrs, outputs: chunks.length })
}

const joined = (w: Writer, parts: readonly string[]): string =>
  parts.length === 1 ? parts[0] : w.op("Concat", parts, { axis: tokenAxis })

const added = (w: Writer, parts: readonly string[]): string =>
  parts.reduce((a, b) => w.op("Add", [a, b]))

/** Rank of all tensors here: [batch, heads, tokens, head size]. */
const rank = 4

const product = (w: Writer, a: string, b: string, options: ProductOptions = {}): string =>
  w.product(a, b, rank, options)

const probabilities = (w: Writer, q: string, k: string, factor: number): string =>
  w.op("Softmax", [product(w, q, k, { transB: 1, factor })], { axis: -1 })

const attention: Emitter = (w, { inputs, attrs }) => {
  const [q, k, v] = inputs.map((t) => w.value(t)) as [string, string, string]
  const parts = split(w, q, chunksOf(inputs[0]))
  return joined(
    w,
    parts.map((part) => w.op("MatMul", [probabilities(w, part, k, attrs.scale as number), v])),
  )
}

/**
 * Probabilities are recomputed chunk by chunk, so no tokens x tokens tensor exists as a whole. The
 * row sums of g o replace those of dP P (Dao et al. 2022, section 3.1). They are subtracted within
 * the product: as one more column of g, next to a column of ones in v.
 */
const attentionGradient: Emitter = (w, { inputs, attrs }) => {
  const [q, k, v, o, g] = inputs.map((t) => w.value(t)) as [string, string, string, string, string]
  const scale = attrs.scale as number
  const chunks = chunksOf(inputs[0])
  const delta = w.op("ReduceSum", [w.op("Mul", [g, o]), w.ints([-1])], { keepdims: 1 })
  const lessDelta = w.op("Concat", [g, w.op("Neg", [delta])], { axis: -1 })
  const andOne = w.op("Concat", [v, ones(w, inputs[2])], { axis: -1 })
  const [qs, gs, wide] = [q, g, lessDelta].map((x) => split(w, x, chunks)) as [
    string[],
    string[],
    string[],
  ]
  const parts = qs.map((qi, i) => {
    const p = probabilities(w, qi, k, scale)
    const dV = product(w, p, gs[i], { transA: 1 })
    const dS = w.op("Mul", [product(w, wide[i], andOne, { transB: 1 }), p])
    return {
      dQ: product(w, dS, k, { factor: scale }),
      dK: product(w, dS, qi, { transA: 1, factor: scale }),
      dV,
    }
  })
  return [
    joined(
      w,
      parts.map((p) => p.dQ),
    ),
    added(
      w,
      parts.map((p) => p.dK),
    ),
    added(
      w,
      parts.map((p) => p.dV),
    ),
  ]
}

/** A column of ones for the rows of x. */
const ones = (w: Writer, { shape }: Tensor): string =>
  w.op("Expand", [w.scalar(1), w.ints([...shape.slice(0, -1), 1])])

export const attentions: Readonly<Record<string, Emitter>> = { attention, attentionGradient }
