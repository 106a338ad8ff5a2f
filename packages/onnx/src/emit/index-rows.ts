import type { Tensor } from "@tubelet/core"
import type { Emitter, Writer } from "../writer.js"

/** ONNX counts negative indices from the end; in core they are out of bounds, so make them so. */
function counted(w: Writer, index: Tensor): string {
  const at = w.value(index)
  return w.op("Where", [w.op("Less", [at, w.int(0)]), w.int(-(2 ** 31)), at])
}

const gatherRows: Emitter = (w, { inputs: [table, index] }) =>
  w.op("Gather", [w.value(table), counted(w, index)], { axis: 0 })

/** ScatterElements adds row by row; ONNX Runtime's ScatterND would race. */
const scatterRows: Emitter = (w, { inputs: [rows, index], outputs: [y] }) => {
  const width = y.size / y.shape[0]
  const count = index.size
  const zeros = w.op("ConstantOfShape", [w.ints([y.shape[0], width])])
  const at = w.op("Expand", [w.reshape(counted(w, index), [count, 1]), w.ints([count, width])])
  const flat = w.reshape(w.value(rows), [count, width])
  const attrs = { axis: 0, reduction: "add" }
  return w.reshape(w.op("ScatterElements", [zeros, at, flat], attrs), y.shape)
}

export const indexRows: Readonly<Record<string, Emitter>> = { gatherRows, scatterRows }
