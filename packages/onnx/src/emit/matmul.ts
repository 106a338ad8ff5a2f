import type { DType, Tensor } from "@tubelet/core"
import { dataTypes } from "../tensor-proto.js"
import type { Emitter, Writer } from "../writer.js"

/** With fewer rows than this, the first factor of a matmul is transposed beforehand. */
const fewRows = 512

/**
 * A weight's gradient dY^T X over few rows: Gemm is 10% faster on a transposed copy of dY than
 * with its transpose flag (160 rows of 3072 by 768: 75 against 64 GFLOP/s, including the copy; with
 * 700 rows or more, the copy is slower).
 */
function turned(w: Writer, a: string): string {
  return w.op("Transpose", [a], { perm: [1, 0] })
}

/** In ONNX, a matrix product returns the type of its operands. */
const widened = (w: Writer, x: Tensor, dtype: DType): string =>
  x.dtype === dtype ? w.value(x) : w.op("Cast", [w.value(x)], { to: dataTypes[dtype] })

const matmul: Emitter = (w, { inputs: [a, b], outputs: [y], attrs }) => {
  const inputs = [widened(w, a, y.dtype), widened(w, b, y.dtype)] as const
  const flags = { transA: Number(attrs.transposeA), transB: Number(attrs.transposeB) }
  const turn = a.rank === 2 && attrs.transposeA === true && a.shape[0] < fewRows
  if (turn) return w.op("Gemm", [turned(w, inputs[0]), inputs[1]], { transB: flags.transB })
  return a.rank === 2 ? w.op("Gemm", inputs, flags) : w.product(...inputs, a.rank, flags)
}

/** Gemm takes matrices: leading axes become rows. */
const linear: Emitter = (w, { inputs: [x, weight, bias], outputs: [y] }) => {
  const [out, width] = weight.shape as [number, number]
  const rows = x.size / width
  const flat = x.rank === 2 ? w.value(x) : w.reshape(w.value(x), [rows, width])
  const inputs = [flat, w.value(weight), ...(bias === undefined ? [] : [w.value(bias)])]
  const product = w.op("Gemm", inputs, { transB: 1 })
  return y.rank === 2 ? product : w.reshape(product, [...x.shape.slice(0, -1), out])
}

export const matmuls: Readonly<Record<string, Emitter>> = { matmul, linear }
