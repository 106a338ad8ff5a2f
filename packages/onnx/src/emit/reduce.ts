import type { Shape } from "@tubelet/core"
import type { Emitter } from "../writer.js"

const reduce =
  (type: string): Emitter =>
  (w, { inputs: [x], attrs }) =>
    w.op(type, [w.value(x!), w.ints(attrs.axes as Shape)], { keepdims: 1 })

export const reductions: Readonly<Record<string, Emitter>> = {
  sum: reduce("ReduceSum"),
  max: reduce("ReduceMax"),
}
