import { type Graph, type Shape, TubeletError } from "@tubelet/core"
import type { Dimension } from "./model.js"

/**
 * Trace at this batch size to export a file with a symbolic batch. Graphs have static shapes, but a
 * prime larger than any other length is recognisable: no product of smaller lengths is a multiple
 * of it. So a length that is a multiple of it is exactly that many times the batch, and no op needs
 * to know about batches. Nothing of this size is ever computed: shapes hold no data.
 */
export const openBatch = 1_000_003

const name = "batch"

/** How many batches a length is; 0 if it does not depend on the batch. */
export const batchesIn = (length: number): number =>
  length !== 0 && length % openBatch === 0 ? length / openBatch : 0

/** A shape as declared to readers of the file. */
export const declared = (shape: Shape): Dimension[] =>
  shape.map((length) => {
    const times = batchesIn(length)
    return times === 0 ? length : times === 1 ? name : `${times}*${name}`
  })

/** A target shape for Reshape: its one symbolic length is inferred from the number of elements. */
export function reshapeTarget(shape: Shape): Shape {
  const open = shape.filter((length) => batchesIn(length) > 0).length
  if (open > 1) throw dependsOnBatch(`a reshape to ${open} lengths that depend on the batch`)
  return shape.map((length) => (batchesIn(length) > 0 ? -1 : length))
}

/** The input and axis whose length at run time is the batch. */
export function batchAxis({ inputs }: Graph): { path: string; axis: number } | undefined {
  for (const { path, tensor } of inputs) {
    const axis = tensor.shape.indexOf(openBatch)
    if (axis >= 0) return { path, axis }
  }
  return undefined
}

export const dependsOnBatch = (what: string): TubeletError =>
  new TubeletError(
    `${what} cannot be exported with a symbolic batch`,
    "export the graph at a fixed batch size, or without that op",
  )
