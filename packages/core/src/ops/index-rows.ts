import { requireFloats, requireShape } from "../errors.js"
import { apply1, type Op } from "../op.js"
import type { Tensor } from "../tensor.js"
import { add, less, select } from "./elementwise.js"
import { reshape } from "./shape.js"
import { constant } from "./source.js"

/** table[index]: rows of a [N, ...] table picked by i32 indices below N. */
export const gatherRowsOp: Op<object> = {
  name: "gatherRows",
  kind: "view",
  shape([table, index]) {
    const fits = table.rank >= 1 && index.dtype === "i32"
    requireShape(fits, "gatherRows", [table, index], "takes a table and i32 indices")
    return [{ dtype: table.dtype, shape: [...index.shape, ...table.shape.slice(1)] }]
  },
  gradient: ({ inputs: [table, index] }, [g]) => [
    scatterRows(g!, index, table.shape[0]),
    undefined,
  ],
}

/**
 * table[index]: rows of a table [N, ...] picked by i32 indices from 0 to N - 1.
 *
 * An index outside is an error. Given from the host it is one of `run`. In a handle, the CPU fails
 * the result that was to be read; a GPU, which cannot stop, fills that row with NaN (with the
 * least i32, with 255 or true where there is no NaN) and reads nothing outside of the table.
 */
export const gatherRows = (table: Tensor, index: Tensor): Tensor =>
  apply1(gatherRowsOp, [table, index], {})

/** A [count, ...] table of zeros with each row added at its index; repeated indices add up. */
export const scatterRowsOp: Op<{ count: number }> = {
  name: "scatterRows",
  shape([rows, index], { count }) {
    requireFloats("scatterRows", [rows])
    const fits = index.dtype === "i32" && index.shape.every((d, i) => d === rows.shape[i])
    requireShape(fits, "scatterRows", [rows, index], "takes one i32 index for each row")
    return [{ dtype: rows.dtype, shape: [count, ...rows.shape.slice(index.rank)] }]
  },
  gradient: ({ inputs: [, index] }, [g]) => [gatherRows(g!, index), undefined],
}

/**
 * A table of zeros [count, ...] with each row added at its index; repeated indices add up.
 *
 * An index outside 0 to count - 1 is an error, told as that of `gatherRows`. A GPU then fills the
 * whole table with NaN, as a row is missing in it, and writes nothing outside of it.
 */
export const scatterRows = (rows: Tensor, index: Tensor, count: number): Tensor =>
  apply1(scatterRowsOp, [rows, index], { count })

/** Tokens of x [B, N, ...] picked sample by sample, by i32 indices [B, K] below N. */
export const gatherTokensOp: Op<object> = {
  name: "gatherTokens",
  shape([x, index]) {
    const [batch, , ...rest] = x.shape
    const fits = x.rank >= 2 && index.rank === 2 && index.shape[0] === batch
    const typed = index.dtype === "i32"
    requireShape(fits && typed, "gatherTokens", [x, index], "takes [B, N, ...] and [B, K] of i32")
    return [{ dtype: x.dtype, shape: [...index.shape, ...rest] }]
  },
  decompose([x, index]) {
    const [batch, tokens, ...rest] = x.shape as [number, number, ...number[]]
    const first = Int32Array.from({ length: batch }, (_, b) => b * tokens)
    const row = add(index, constant(first, [batch, 1], "i32"))
    // Past the end of a sample begins the next one: what is outside here must be outside there.
    const checked = select(less(index, 0), -1, select(less(index, tokens), row, -1))
    return [gatherRows(reshape(x, [batch * tokens, ...rest]), checked)]
  },
}

/**
 * Picks tokens sample by sample: x [B, N, ...] and i32 indices [B, K] give [B, K, ...]. Indices
 * are from 0 to N - 1; one outside is an error, told as that of `gatherRows`.
 */
export const gatherTokens = (x: Tensor, index: Tensor): Tensor =>
  apply1(gatherTokensOp, [x, index], {})
