import type { Emitter } from "../writer.js"

const matmul: Emitter = (w, { inputs: [a, b], attrs }) => {
  const flags = { transA: Number(attrs.transposeA), transB: Number(attrs.transposeB) }
  const inputs = [w.value(a!), w.value(b!)]
  return a!.rank === 2 ? w.op("Gemm", inputs, flags) : w.microsoft("FusedMatMul", inputs, flags)
}

/** Gemm takes matrices: leading axes are rows. */
const linear: Emitter = (w, { inputs: [x, weight, bias], outputs: [y] }) => {
  const [out, width] = weight!.shape as [number, number]
  const rows = x!.size / width
  const flat = x!.rank === 2 ? w.value(x!) : w.reshape(w.value(x!), [rows, width])
  const inputs = [flat, w.value(weight!), ...(bias === undefined ? [] : [w.value(bias)])]
  const product = w.op("Gemm", inputs, { transB: 1 })
  return y!.rank === 2 ? product : w.reshape(product, [...x!.shape.slice(0, -1), out])
}

export const matmuls: Readonly<Record<string, Emitter>> = { matmul, linear }
