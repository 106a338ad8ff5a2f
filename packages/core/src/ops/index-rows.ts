import { requireFloats, requireShape } from "../errors.js"
import { apply1, type Op } from "../op.js"
import type { Tensor } from "../tensor.js"
import { add } from "./elementwise.js"
import { reshape } from "./shape.js"
import { constant } from "./source.js"

export const gatherRowsOp: Op<object> = {
  name: "gatherRows",
  doc: "table[index]: rows of a [N, ...] table picked by i32 indices below N.",
  precision: "follow",
  shape([table, index]) {
    const fits = table!.rank >= 1 && index!.dtype === "i32"
    requireShape(fits, "gatherRows", [table!, index!], "takes a table and i32 indices")
    return [{ dtype: table!.dtype, shape: [...index!.shape, ...table!.shape.slice(1)] }]
  },
  gradient: ({ inputs: [table, index] }, [g]) => [
    scatterRows(g!, index!, table!.shape[0]!),
    undefined,
  ],
}

export const gatherRows = (table: Tensor, index: Tensor): Tensor =>
  apply1(gatherRowsOp, [table, index], {})

export const scatterRowsOp: Op<{ count: number }> = {
  name: "scatterRows",
  doc: "A [count, ...] table of zeros with each row added at its index; repeated indices add up.",
  precision: "exact",
  shape([rows, index], { count }) {
    requireFloats("scatterRows", [rows!])
    const fits = index!.dtype === "i32" && index!.shape.every((d, i) => d === rows!.shape[i])
    requireShape(fits, "scatterRows", [rows!, index!], "takes one i32 index for each row")
    return [{ dtype: rows!.dtype, shape: [count, ...rows!.shape.slice(index!.rank)] }]
  },
  gradient: ({ inputs: [, index] }, [g]) => [gatherRows(g!, index!), undefined],
}

export const scatterRows = (rows: Tensor, index: Tensor, count: number): Tensor =>
  apply1(scatterRowsOp, [rows, index], { count })

/**
 * Picks tokens sample by sample: x [B, N, ...] and index [B, K] give [B, K, ...].
 * Indices must be below N.
 */
export function gatherTokens(x: Tensor, index: Tensor): Tensor {
  const [batch, tokens, ...rest] = x.shape as [number, number, ...number[]]
  const fits = x.rank >= 2 && index.rank === 2 && index.shape[0] === batch
  requireShape(fits, "gatherTokens", [x, index], "takes [B, N, ...] and [B, K]")
  const offset = Int32Array.from({ length: batch }, (_, b) => b * tokens)
  const flat = reshape(x, [batch * tokens, ...rest])
  return gatherRows(flat, add(index, constant(offset, [batch, 1], "i32")))
}
