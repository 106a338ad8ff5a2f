import { isFloat, type Shape, type Spec, sameShape } from "../dtype.js"
import { requireShape } from "../errors.js"
import { apply1, type Op } from "../op.js"
import type { Tensor } from "../tensor.js"
import { axisOf, reshape } from "./shape.js"

// Sum and broadcast are each other's gradients.

const suffixes = (shape: Shape, target: Shape): Shape => [
  ...Array(target.length - shape.length).fill(1),
  ...shape,
]

/** Repeats axes of length 1 and adds leading axes to reach `shape`. */
export const broadcastOp: Op<{ shape: Shape }> = {
  name: "broadcast",
  kind: "view",
  isStrided: true,
  shape([x], { shape }) {
    const fits =
      x.rank <= shape.length && suffixes(x.shape, shape).every((d, i) => d === 1 || d === shape[i])
    requireShape(fits, "broadcast", [x], `cannot be broadcast to [${shape.join(",")}]`)
    return [{ dtype: x.dtype, shape }]
  },
  gradient({ inputs: [x] }, [g]) {
    const padded = suffixes(x.shape, g!.shape)
    const axes = padded.flatMap((d, i) => (d === 1 && g!.shape[i] !== 1 ? [i] : []))
    return [reshape(axes.length === 0 ? g! : sum(g!, axes, { keepDims: true }), x.shape)]
  },
}

export const broadcast = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply1(broadcastOp, [x], { shape: [...shape] })

export type ReduceAttrs = { axes: readonly number[] }

/** Reduced axes stay with length 1, so the gradient is a plain broadcast. */
export const reducedSpec =
  (name: string) =>
  ([x]: readonly Tensor[], { axes }: ReduceAttrs): Spec[] => {
    const fits = axes.every((a) => Number.isInteger(a) && 0 <= a && a < x.rank)
    requireShape(fits, name, [x], `has no axes [${axes.join(",")}]`)
    const numeric = isFloat(x.dtype) || x.dtype === "i32"
    requireShape(numeric, name, [x], "expects floats or i32; cast it")
    return [{ dtype: x.dtype, shape: x.shape.map((d, i) => (axes.includes(i) ? 1 : d)) }]
  }

/** The sum over `axes`, kept with length 1. */
export const sumOp: Op<ReduceAttrs> = {
  name: "sum",
  kind: "reduce",
  shape: reducedSpec("sum"),
  gradient: ({ inputs: [x] }, [g]) => [broadcast(g!, x.shape)],
}

export interface ReduceOptions {
  /** Keep the reduced axes with length 1. */
  keepDims?: boolean
}

export const allAxes = (x: Tensor): number[] => x.shape.map((_, i) => i)

export const reduce =
  (op: Op<ReduceAttrs>) =>
  (
    x: Tensor,
    axes: number | readonly number[] = allAxes(x),
    { keepDims = false }: ReduceOptions = {},
  ): Tensor => {
    const list = (typeof axes === "number" ? [axes] : [...axes])
      .map((a) => axisOf(a, x.rank))
      .sort((a, b) => a - b)
    const y = list.length === 0 ? x : apply1(op, [x], { axes: list })
    return keepDims ? y : reshape(y, without(x.shape, list))
  }

const without = (shape: Shape, axes: readonly number[]): Shape =>
  shape.filter((_, i) => !axes.includes(i))

/** The sum over `axes` (default: all). */
export const sum = reduce(sumOp)
