import { type DType, type Shape, sameShape } from "../dtype.js"
import { requireFloats, requireShape } from "../errors.js"
import { apply, apply1, type Op } from "../op.js"
import type { Tensor } from "../tensor.js"
import { add } from "./elementwise.js"
import { cast, reshape } from "./shape.js"
import { sum } from "./sum.js"

export type MatmulAttrs = {
  transposeA: boolean
  transposeB: boolean
  out: DType
}

const lastTwo = (x: Tensor, transposed: boolean): [number, number] => {
  const [rows, columns] = x.shape.slice(-2) as [number, number]
  return transposed ? [columns, rows] : [rows, columns]
}

/**
 * [..., M, K] times [..., K, N]; either operand may be stored transposed. `out` is the dtype of the
 * result: that of the operands, or f32.
 */
export const matmulOp: Op<MatmulAttrs> = {
  name: "matmul",
  flops: ([a, b], { transposeB }) => 2 * a.size * lastTwo(b, transposeB)[1],
  shape([a, b], { transposeA, transposeB, out }) {
    requireFloats("matmul", [a, b])
    const ranked = a.rank >= 2 && a.rank === b.rank
    requireShape(ranked, "matmul", [a, b], "expects two tensors of equal rank, at least 2")
    const batch = a.shape.slice(0, -2)
    const [m, k] = lastTwo(a, transposeA)
    const [k2, n] = lastTwo(b, transposeB)
    const fits = k === k2 && sameShape(batch, b.shape.slice(0, -2))
    const wrong = `inner dimensions (${k} and ${k2}) or batch dimensions differ`
    requireShape(fits, "matmul", [a, b], wrong)
    requireShape(out === a.dtype || out === "f32", "matmul", [a, b], `cannot return ${out}`)
    return [{ dtype: out, shape: [...batch, m, n] }]
  },
  gradient({ inputs: [a, b], attrs: { transposeA, transposeB } }, [cotangent]) {
    const g = cast(cotangent!, a.dtype)
    const da = transposeA
      ? matmul(b, g, { transposeA: transposeB, transposeB: true })
      : matmul(g, b, { transposeB: !transposeB })
    const db = transposeB
      ? matmul(g, a, { transposeA: true, transposeB: transposeA })
      : matmul(a, g, { transposeA: !transposeA })
    return [da, db]
  },
}

/** Batched matrix product over the last two axes. */
export const matmul = (
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false, out = a.dtype }: Partial<MatmulAttrs> = {},
): Tensor => apply1(matmulOp, [a, b], { transposeA, transposeB, out })

const rows = (x: Tensor): Tensor => reshape(x, [-1, x.shape.at(-1)!])
const withLast = (shape: Shape, last: number): Shape => [...shape.slice(0, -1), last]

/** x W^T + b over the last axis, with W stored as [out, in] like PyTorch; b is optional. */
export const linearOp: Op<object> = {
  name: "linear",
  shape(inputs) {
    const [x, weight, bias] = inputs
    requireFloats("linear", inputs)
    const fits = weight.rank === 2 && x.rank >= 1 && x.shape.at(-1) === weight.shape[1]
    requireShape(fits, "linear", inputs, "the input's last axis must equal the weight's second")
    const biased = bias === undefined || sameShape(bias.shape, [weight.shape[0]])
    requireShape(biased, "linear", inputs, `the bias must be [${weight.shape[0]}]`)
    return [{ dtype: x.dtype, shape: withLast(x.shape, weight.shape[0]) }]
  },
  gradient({ inputs: [x, weight, bias] }, [g]) {
    const [flatX, flatG] = [rows(x), rows(g!)]
    const dx = reshape(matmul(flatG, weight), x.shape)
    const dWeight = matmul(flatG, flatX, { transposeA: true })
    return bias === undefined ? [dx, dWeight] : [dx, dWeight, sum(flatG, 0)]
  },
  decompose([x, weight, bias]) {
    const product = matmul(rows(x), weight, { transposeB: true })
    const y = bias === undefined ? product : add(product, bias)
    return [reshape(y, withLast(x.shape, weight.shape[0]))]
  },
}

/** A fully connected layer over the last axis: weight [out, in], bias [out]. */
export const linear = (x: Tensor, weight: Tensor, bias?: Tensor): Tensor =>
  apply(linearOp, bias === undefined ? [x, weight] : [x, weight, bias], {})[0]
