import { float } from "../attributes.js"
import type { Emitter, Writer } from "../writer.js"

const probabilities = (w: Writer, q: string, k: string, scale: number): string =>
  w.op("Softmax", [w.microsoft("FusedMatMul", [q, k], { transB: 1, alpha: float(scale) })], {
    axis: -1,
  })

const attention: Emitter = (w, { inputs, attrs }) => {
  const [q, k, v] = inputs.map((t) => w.value(t)) as [string, string, string]
  return w.op("MatMul", [probabilities(w, q, k, attrs.scale as number), v])
}

export const attentions: Readonly<Record<string, Emitter>> = { attention }
