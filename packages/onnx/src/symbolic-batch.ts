import { type Graph, type Shape, TubeletError } from "@tubelet/core"
import type { Dimension } from "./model.js"

/**
 * Trace at this batch size to leave it open in the file. Graphs have static shapes, so the batch
 * is a number in them, too; but a prime above every other length can be told from all else: no
 * product of smaller lengths is a multiple of it. So a length that is a multiple of it is that
 * many times the batch, exactly, with no second trace to compare and no op that must know about
 * batches. Nothing of that size is ever computed: shapes hold no data.
 */
export const openBatch = 1_000_003

const name = "batch"

/** How many batches a length is; 0 where it has nothing to do with the batch. */
export const batchesIn = (length: number): number =>
  length !== 0 && length % openBatch === 0 ? length / openBatch : 0

/** A shape as it is declared to readers of the file. */
export const declared = (shape: Shape): Dimension[] =>
  shape.map((length) => {
    const times = batchesIn(length)
    return times === 0 ? length : times === 1 ? name : `${times}*${name}`
  })

/** A shape to reshape to: the one open length follows from the number of elements. */
export function reshapeTarget(shape: Shape): Shape {
  const open = shape.filter((length) => batchesIn(length) > 0).length
  if (open > 1) throw dependsOnBatch(`a reshape to ${open} lengths of the batch`)
  return shape.map((length) => (batchesIn(length) > 0 ? -1 : length))
}

/** The input, and its axis, whose length at run time is the batch. */
export function batchAxis({ inputs }: Graph): { path: string; axis: number } | undefined {
  for (const { path, tensor } of inputs) {
    const axis = tensor.shape.indexOf(openBatch)
    if (axis >= 0) return { path, axis }
  }
  return undefined
}

export const dependsOnBatch = (what: string): TubeletError =>
  new TubeletError(
    `${what} cannot be written for every batch size`,
    "write the graph at one batch size, or leave that out of it",
  )
