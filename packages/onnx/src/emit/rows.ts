import { hostArray } from "@tubelet/core"
import type { Emit } from "./emitter.js"

const int64 = 7

export const rowEmitters: Readonly<Record<string, Emit>> = {
  gatherRows: (emitter, node) => {
    const [table, index] = node.inputs.map((t) => emitter.full(t))
    return [emitter.onnx.node("Gather", [table!, index!], { attrs: { axis: 0 } })]
  },
  scatterRows: (emitter, node) => {
    const { onnx } = emitter
    const [rows, index] = node.inputs
    const { dtype, shape } = node.outputs[0]!
    const zero = emitter.constant(hostArray(dtype, 1), dtype, [])
    const zeros = onnx.node("Expand", [zero, onnx.ints(shape)])
    const wide = onnx.node("Cast", [emitter.full(index!)], { attrs: { to: int64 } })
    const places = emitter.reshape(wide, [...index!.shape, 1])
    const inputs = [zeros, places, emitter.full(rows!)]
    return [onnx.node("ScatterND", inputs, { attrs: { reduction: "add" } })]
  },
}
