import type { Emitter } from "../writer.js"

const gatherRows: Emitter = (w, { inputs: [table, index] }) =>
  w.op("Gather", [w.value(table!), w.value(index!)], { axis: 0 })

/** ScatterElements, which adds row after row; ONNX Runtime's ScatterND would race. */
const scatterRows: Emitter = (w, { inputs: [rows, index], outputs: [y] }) => {
  const width = y!.size / y!.shape[0]!
  const count = index!.size
  const zeros = w.op("ConstantOfShape", [w.ints([y!.shape[0]!, width])])
  const at = w.op("Expand", [w.reshape(w.value(index!), [count, 1]), w.ints([count, width])])
  const flat = w.reshape(w.value(rows!), [count, width])
  const attrs = { axis: 0, reduction: "add" }
  return w.reshape(w.op("ScatterElements", [zeros, at, flat], attrs), y!.shape)
}

export const indexRows: Readonly<Record<string, Emitter>> = { gatherRows, scatterRows }
