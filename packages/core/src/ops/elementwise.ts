import { type DType, isFloat, type Shape } from "../dtype.js"
import { requireShape } from "../errors.js"
import { apply1, type Op } from "../op.js"
import { Tensor } from "../tensor.js"
import type { ElementwiseRow } from "./elementwise-row.js"
import { erf as erf64 } from "./erf.js"
import { cast } from "./shape.js"
import { constant } from "./source.js"
import { broadcast } from "./sum.js"

/** A number becomes a scalar of the other operand's dtype. */
export type Operand = Tensor | number

const wide = [-3, 3] as const
const positive = [0.2, 3] as const
const rootHalf = Math.SQRT1_2
const density = 1 / Math.sqrt(2 * Math.PI)

/**
 * Every elementwise op. To add one, add a row, then a formula or its name in each code generator.
 */
const rows = {
  /** x + y */
  add: {
    evaluate: (x, y) => x + y,
    integers: true,
    gradient: (_, __, g) => [g, g],
    sample: [wide, wide],
  },
  /** x - y */
  sub: {
    evaluate: (x, y) => x - y,
    integers: true,
    gradient: (_, __, g) => [g, neg(g)],
    sample: [wide, wide],
  },
  /** x * y */
  mul: {
    evaluate: (x, y) => x * y,
    integers: true,
    gradient: ([x, y], _, g) => [mul(g, y), mul(g, x)],
    sample: [wide, wide],
  },
  /** x / y */
  div: {
    evaluate: (x, y) => x / y,
    gradient: ([, y], z, g) => [div(g, y), neg(div(mul(g, z), y))],
    sample: [wide, positive],
  },
  /** The larger of x and y; on ties the gradient goes to x. */
  maximum: {
    evaluate: Math.max,
    integers: true,
    gradient: ([x, y], _, g) => {
      const toY = less(x, y)
      return [select(toY, 0, g), select(toY, g, 0)]
    },
    sample: [
      [-3, -0.5],
      [0.5, 3],
    ],
  },
  /** The smaller of x and y; on ties the gradient goes to x. */
  minimum: {
    evaluate: Math.min,
    integers: true,
    gradient: ([x, y], _, g) => {
      const toY = less(y, x)
      return [select(toY, 0, g), select(toY, g, 0)]
    },
    sample: [
      [-3, -0.5],
      [0.5, 3],
    ],
  },
  /** -x */
  neg: {
    evaluate: (x) => -x,
    integers: true,
    gradient: (_, __, g) => [neg(g)],
    sample: [wide],
  },
  /** |x|; the gradient at 0 is that of x. */
  abs: {
    evaluate: Math.abs,
    integers: true,
    gradient: ([x], _, g) => [select(less(x, 0), neg(g), g)],
    sample: [positive],
  },
  /** The exponential function */
  exp: {
    expensive: true,
    evaluate: Math.exp,
    gradient: (_, y, g) => [mul(g, y)],
    sample: [wide],
  },
  /** The natural logarithm */
  log: {
    expensive: true,
    evaluate: Math.log,
    gradient: ([x], _, g) => [div(g, x)],
    sample: [positive],
  },
  /** The square root */
  sqrt: {
    evaluate: Math.sqrt,
    gradient: (_, y, g) => [div(mul(g, 0.5), y)],
    sample: [positive],
  },
  /** The error function */
  erf: {
    expensive: true,
    evaluate: erf64,
    gradient: ([x], _, g) => [mul(g, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI)))],
    sample: [wide],
  },
  /** The hyperbolic tangent */
  tanh: {
    expensive: true,
    evaluate: Math.tanh,
    gradient: (_, y, g) => [mul(g, sub(1, square(y)))],
    sample: [wide],
  },
  /** The sine of x radians */
  sin: {
    expensive: true,
    evaluate: Math.sin,
    gradient: ([x], _, g) => [mul(g, cos(x))],
    sample: [wide],
  },
  /** The cosine of x radians */
  cos: {
    expensive: true,
    evaluate: Math.cos,
    gradient: ([x], _, g) => [neg(mul(g, sin(x)))],
    sample: [wide],
  },
  /** The largest integer not greater than x */
  floor: { evaluate: Math.floor, sample: [[0.1, 0.9]] },
  /** x < y */
  less: {
    evaluate: (x, y) => Number(x < y),
    result: "bool",
    integers: true,
    sample: [wide, wide],
  },
  /** x = y */
  equal: {
    evaluate: (x, y) => Number(x === y),
    result: "bool",
    integers: true,
    sample: [wide, wide],
  },
  /** x * x */
  square: {
    evaluate: (x) => x * x,
    gradient: ([x], _, g) => [mul(g, mul(x, 2))],
    formula: (x) => mul(x, x),
    sample: [wide],
  },
  /** 1 / (1 + exp(-x)) */
  sigmoid: {
    expensive: true,
    evaluate: (x) => 1 / (1 + Math.exp(-x)),
    gradient: (_, y, g) => [mul(g, mul(y, sub(1, y)))],
    formula: (x) => mul(add(tanh(mul(x, 0.5)), 1), 0.5),
    sample: [wide],
  },
  /** x times the standard normal CDF of x: the exact form, with erf (Hendrycks & Gimpel 2016) */
  gelu: {
    expensive: true,
    evaluate: (x) => 0.5 * x * (1 + erf64(x * rootHalf)),
    gradient: ([x], _, g) => [geluGradient(x, g)],
    formula: (x) => mul(mul(x, 0.5), add(erf(mul(x, rootHalf)), 1)),
    sample: [wide],
  },
  /** g times the derivative of gelu at x */
  geluGradient: {
    expensive: true,
    evaluate: (x, g) =>
      g * (0.5 * (1 + erf64(x * rootHalf)) + x * density * Math.exp(-0.5 * x * x)),
    formula: (x, g) => {
      const distribution = mul(add(erf(mul(x, rootHalf)), 1), 0.5)
      return mul(g, add(distribution, mul(x, mul(exp(mul(square(x), -0.5)), density))))
    },
    sample: [wide, wide],
  },
} satisfies Record<string, Omit<ElementwiseRow, "name">>

export type ElementwiseName = keyof typeof rows

function elementwiseOp(row: ElementwiseRow): Op<object> {
  const { formula, gradient, name } = row
  return {
    name,
    kind: "map",
    elementwise: row,
    shape(inputs) {
      const [first] = inputs
      const alike = inputs.every((x) => x.dtype === first.dtype)
      requireShape(alike, name, inputs, "the dtypes differ; cast one of them")
      const typed = isFloat(first.dtype) || (row.integers === true && first.dtype === "i32")
      requireShape(typed, name, inputs, "does not support this dtype; cast it")
      const same = inputs.every((x) => `${x.shape}` === `${first.shape}`)
      requireShape(same, name, inputs, "the shapes differ; broadcast one of them")
      return [{ dtype: row.result ?? first.dtype, shape: first.shape }]
    },
    ...(gradient && {
      gradient: ({ inputs, outputs }, [g]) => gradient(inputs, outputs[0], g!),
    }),
    ...(formula && { decompose: (inputs) => [formula(...inputs)] }),
  }
}

const entries = Object.entries(rows as Record<ElementwiseName, Omit<ElementwiseRow, "name">>)

/** The elementwise ops by name. */
export const elementwiseOps = Object.fromEntries(
  entries.map(([name, row]) => [name, elementwiseOp({ name, ...row })]),
) as Record<ElementwiseName, Op<object>>

const broadcastShapes = (name: string, tensors: readonly Tensor[]): Shape => {
  const rank = Math.max(...tensors.map((t) => t.rank))
  return Array.from({ length: rank }, (_, i) => {
    const lengths = tensors.map((t) => t.shape[i - rank + t.rank] ?? 1)
    const length = lengths.find((d) => d !== 1) ?? 1
    const fits = lengths.every((d) => d === 1 || d === length)
    requireShape(fits, name, tensors, `shapes do not broadcast: axis ${i - rank} differs`)
    return length
  })
}

const firstTensor = (operands: readonly Operand[]): Tensor | undefined =>
  operands.find((x): x is Tensor => x instanceof Tensor)

/** Numbers become scalars of the tensors' dtype; shapes broadcast as in NumPy. */
function alignOperands(name: string, operands: readonly Operand[]): Tensor[] {
  const dtype: DType = firstTensor(operands)?.dtype ?? "f32"
  const tensors = operands.map((x) => (typeof x === "number" ? constant(x, [], dtype) : x))
  const shape = broadcastShapes(name, tensors)
  return tensors.map((t) => broadcast(t, shape))
}

type Unary = (x: Operand) => Tensor
type Binary = (x: Operand, y: Operand) => Tensor

/** The function that applies an elementwise op. */
export const elementwise = (name: ElementwiseName, ...operands: readonly Operand[]): Tensor =>
  apply1(elementwiseOps[name], alignOperands(name, operands), {})

/* @__NO_SIDE_EFFECTS__ */
const unary =
  (name: ElementwiseName): Unary =>
  (x) =>
    elementwise(name, x)

/* @__NO_SIDE_EFFECTS__ */
const binary =
  (name: ElementwiseName): Binary =>
  (x, y) =>
    elementwise(name, x, y)

export const add: Binary = binary("add")
export const sub: Binary = binary("sub")
export const mul: Binary = binary("mul")
export const div: Binary = binary("div")
export const maximum: Binary = binary("maximum")
export const minimum: Binary = binary("minimum")
export const less: Binary = binary("less")
export const equal: Binary = binary("equal")
export const geluGradient: Binary = binary("geluGradient")
export const neg: Unary = unary("neg")
export const abs: Unary = unary("abs")
export const exp: Unary = unary("exp")
export const log: Unary = unary("log")
export const sqrt: Unary = unary("sqrt")
export const erf: Unary = unary("erf")
export const tanh: Unary = unary("tanh")
export const sin: Unary = unary("sin")
export const cos: Unary = unary("cos")
export const floor: Unary = unary("floor")
export const square: Unary = unary("square")
export const sigmoid: Unary = unary("sigmoid")
export const gelu: Unary = unary("gelu")

/** x where the condition holds, else y. */
export const selectOp: Op<object> = {
  name: "select",
  kind: "map",
  shape([condition, x, y]) {
    const typed = condition.dtype === "bool" && x.dtype === y.dtype
    requireShape(
      typed,
      "select",
      [condition, x, y],
      "expects a bool, and x and y of the same dtype",
    )
    const same = `${condition.shape}` === `${x.shape}` && `${x.shape}` === `${y.shape}`
    requireShape(same, "select", [condition, x, y], "the shapes differ")
    return [{ dtype: x.dtype, shape: x.shape }]
  },
  gradient: ({ inputs: [condition] }, [g]) => [
    undefined,
    select(condition, g!, 0),
    select(condition, 0, g!),
  ],
}

/** Elementwise `condition ? x : y`. */
export function select(condition: Tensor, x: Operand, y: Operand): Tensor {
  const [a, b] = alignOperands("select", [x, y])
  const shape = broadcastShapes("select", [condition, a, b])
  return apply1(
    selectOp,
    [broadcast(condition, shape), broadcast(a, shape), broadcast(b, shape)],
    {},
  )
}

/** x clamped to [low, high]. */
export const clamp = (x: Tensor, low: number, high: number): Tensor =>
  minimum(maximum(x, low), high)

/** 1 where the condition holds, else 0. */
export const indicator = (condition: Tensor, dtype: DType = "f32"): Tensor => cast(condition, dtype)
