import type { Shape } from "@tubelet/core"
import type { Emitter, Writer } from "../writer.js"

const kept = { keepdims: 1 } as const

const max: Emitter = (w, { inputs: [x], attrs }) =>
  w.op("ReduceMax", [w.value(x!), w.ints(attrs.axes as Shape)], kept)

const sumOver = (w: Writer, x: string, axes: Shape): string =>
  w.op("ReduceSum", [x, w.ints(axes)], kept)

/**
 * Over the last axis first, then over the others: ONNX Runtime adds up a whole tensor in one f32
 * accumulator, which for a million elements is wrong in the fifth digit.
 */
const sum: Emitter = (w, { inputs: [x], attrs }) => {
  const axes = attrs.axes as Shape
  const last = x!.rank - 1
  const others = axes.filter((axis) => axis !== last)
  const value = w.value(x!)
  const both = others.length > 0 && others.length < axes.length
  return both ? sumOver(w, sumOver(w, value, [last]), others) : sumOver(w, value, axes)
}

export const reductions: Readonly<Record<string, Emitter>> = { sum, max }
