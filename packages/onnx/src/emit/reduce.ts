import type { Shape } from "@tubelet/core"
import type { Emitter } from "../writer.js"

const reduce =
  (type: string): Emitter =>
  (w, { inputs: [x], attrs }) =>
    w.op(type, [w.value(x), w.ints(attrs.axes as Shape)], { keepdims: 1 })

/** Older operator sets take the axes of a maximum as an attribute. */
const max: Emitter = (w, node) =>
  w.portable
    ? w.op("ReduceMax", [w.value(node.inputs[0])], { axes: node.attrs.axes as Shape, keepdims: 1 })
    : reduce("ReduceMax")(w, node)

export const reductions: Readonly<Record<string, Emitter>> = {
  sum: reduce("ReduceSum"),
  max,
}
