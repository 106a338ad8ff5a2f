import { float } from "../attributes.js"
import type { Emitter } from "../writer.js"

const rowwise =
  (type: string): Emitter =>
  (w, { inputs: [x] }) =>
    w.op(type, [w.value(x)], { axis: -1 })

/** ONNX Runtime's layer norm also returns what its gradient needs: mean and 1 / std. */
const layerNorm: Emitter = (w, { inputs, outputs, attrs }) =>
  w.nodes(
    "LayerNormalization",
    inputs.map((t) => w.value(t)),
    {
      attrs: { axis: -1, epsilon: float(attrs.eps as number) },
      outputs: outputs.slice(1).some(w.isRead) ? 3 : 1,
    },
  )

export const normalisations: Readonly<Record<string, Emitter>> = {
  softmax: rowwise("Softmax"),
  logSoftmax: rowwise("LogSoftmax"),
  layerNorm,
}
