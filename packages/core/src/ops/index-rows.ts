import { requireFloats, requireShape } from "../errors.js"
import { apply1, type Op } from "../op.js"
import type { Tensor } from "../tensor.js"
import { add, less, select } from "./elementwise.js"
import { reshape } from "./shape.js"
import { constant } from "./source.js"

/** table[index]: rows of a [N, ...] table selected by i32 indices below N. */
export const gatherRowsOp: Op<object> = {
  name: "gatherRows",
  kind: "view",
  shape([table, index]) {
    const fits = table.rank >= 1 && index.dtype === "i32"
    requireShape(fits, "gatherRows", [table, index], "expects a table and i32 indices")
    return [{ dtype: table.dtype, shape: [...index.shape, ...table.shape.slice(1)] }]
  },
  gradient: ({ inputs: [table, index] }, [g]) => [
    scatterRows(g!, index, table.shape[0]),
    undefined,
  ],
}

/**
 * table[index]: rows of a table [N, ...] selected by i32 indices from 0 to N - 1.
 *
 * Out-of-bounds indices are errors. `run` rejects them in host data. In a handle, the CPU fails the
 * result; a GPU cannot stop, so it fills that row with NaN (or the lowest i32, 255 or true for
 * dtypes without NaN) and never reads outside the table.
 */
export const gatherRows = (table: Tensor, index: Tensor): Tensor =>
  apply1(gatherRowsOp, [table, index], {})

/** A [count, ...] table of zeros with each row added at its index; repeated indices accumulate. */
export const scatterRowsOp: Op<{ count: number }> = {
  name: "scatterRows",
  shape([rows, index], { count }) {
    requireFloats("scatterRows", [rows])
    const fits = index.dtype === "i32" && index.shape.every((d, i) => d === rows.shape[i])
    requireShape(fits, "scatterRows", [rows, index], "expects one i32 index per row")
    return [{ dtype: rows.dtype, shape: [count, ...rows.shape.slice(index.rank)] }]
  },
  gradient: ({ inputs: [, index] }, [g]) => [gatherRows(g!, index), undefined],
}

/**
 * A table of zeros [count, ...] with each row added at its index; repeated indices accumulate.
 *
 * Indices outside 0 to count - 1 are errors, as in `gatherRows`. A GPU then fills the whole table
 * with NaN, since a row is missing from it, and never writes outside it.
 */
export const scatterRows = (rows: Tensor, index: Tensor, count: number): Tensor =>
  apply1(scatterRowsOp, [rows, index], { count })

/** Tokens of x [B, N, ...] selected per sample by i32 indices [B, K] below N. */
export const gatherTokensOp: Op<object> = {
  name: "gatherTokens",
  shape([x, index]) {
    const [batch, , ...rest] = x.shape
    const fits = x.rank >= 2 && index.rank === 2 && index.shape[0] === batch
    const typed = index.dtype === "i32"
    requireShape(fits && typed, "gatherTokens", [x, index], "expects [B, N, ...] and i32 [B, K]")
    return [{ dtype: x.dtype, shape: [...index.shape, ...rest] }]
  },
  decompose([x, index]) {
    const [batch, tokens, ...rest] = x.shape as [number, number, ...number[]]
    const first = Int32Array.from({ length: batch }, (_, b) => b * tokens)
    const row = add(index, constant(first, [batch, 1], "i32"))
    // Indices past the end of a sample would select tokens of the next one: move them out of
    // bounds.
    const checked = select(less(index, 0), -1, select(less(index, tokens), row, -1))
    return [gatherRows(reshape(x, [batch * tokens, ...rest]), checked)]
  },
}

/**
 * Selects tokens per sample: x [B, N, ...] and i32 indices [B, K] give [B, K, ...]. Indices range
 * from 0 to N - 1; others are errors, as in `gatherRows`.
 */
export const gatherTokens = (x: Tensor, index: Tensor): Tensor =>
  apply1(gatherTokensOp, [x, index], {})
