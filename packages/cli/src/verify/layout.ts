import { type HostArray, TubeletError } from "@tubelet/core"
import { keepSmallest } from "@tubelet/masking"

/** Moves colours last, as in our clips: [B, 3, rest] becomes [B, rest, 3]. */
export function coloursLast<A extends HostArray>(data: A, batch: number): A {
  const out = data.slice() as A
  const pixels = data.length / (batch * 3)
  for (let b = 0; b < batch; b++) {
    for (let c = 0; c < 3; c++) {
      const from = (b * 3 + c) * pixels
      for (let i = 0; i < pixels; i++) out[(b * pixels + i) * 3 + c] = data[from + i]
    }
  }
  return out
}

/**
 * The positions in each row of a [rows, n] mask that equal `value`, ascending. All rows must have
 * the same number, since the samples of a batch have the same length.
 */
export function positionsWhere(mask: ArrayLike<number>, rows: number, value: 0 | 1): Int32Array {
  const n = mask.length / rows
  const found = Array.from({ length: rows }, (_, r) => {
    return Array.from({ length: n }, (_, i) => i).filter((i) => mask[r * n + i] === value)
  })
  const counts = found.map((row) => row.length)
  if (new Set(counts).size > 1) {
    throw new TubeletError(
      `the masks of a batch leave ${counts.join(" and ")} tokens`,
      "mask the same number of tokens in each sample",
    )
  }
  return Int32Array.from(found.flat())
}

/** For each row of [rows, n], the order that sorts it, smallest first. */
export function argsortRows(values: Float32Array | Int32Array, rows: number): Int32Array {
  const n = values.length / rows
  const order = new Int32Array(values.length)
  for (let r = 0; r < rows; r++) {
    order.set(keepSmallest(values.subarray(r * n, (r + 1) * n), n), r * n)
  }
  return order
}

/** Columns `from` to `to` of a [rows, n] table. */
export function columns<A extends Int32Array | Float32Array>(
  table: A,
  rows: number,
  from: number,
  to: number,
): A {
  const n = table.length / rows
  const out = table.slice(0, rows * (to - from)) as A
  for (let r = 0; r < rows; r++) {
    out.set(table.subarray(r * n + from, r * n + to), r * (to - from))
  }
  return out
}

/** The inverse of `gather`: row i of sample b in [B, n, width] goes to place index[b, i]. */
export function scatterTokens(data: Float32Array, index: Int32Array, batch: number): Float32Array {
  const n = index.length / batch
  const width = data.length / index.length
  const out = new Float32Array(data.length)
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < n; i++) {
      const row = data.subarray((b * n + i) * width, (b * n + i + 1) * width)
      out.set(row, (b * n + index[b * n + i]) * width)
    }
  }
  return out
}
