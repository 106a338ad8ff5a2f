import { isFloat, type Shape, type Spec } from "../dtype.js"
import { requireFloats, requireShape } from "../errors.js"
import { apply1, type Op } from "../op.js"
import type { Tensor } from "../tensor.js"
import { div, equal, mul, sub } from "./elementwise.js"
import { axisOf, broadcast, cast, reshape } from "./shape.js"

interface ReduceAttrs {
  axes: readonly number[]
}

/** Reduced axes stay, with length 1: the gradient then is a plain broadcast. */
const reducedSpec =
  (name: string) =>
  ([x]: readonly Tensor[], { axes }: ReduceAttrs): Spec[] => {
    const fits = axes.every((a) => Number.isInteger(a) && 0 <= a && a < x!.rank)
    requireShape(fits, name, [x!], `has no axes [${axes.join(",")}]`)
    const numeric = isFloat(x!.dtype) || x!.dtype === "i32"
    requireShape(numeric, name, [x!], "takes floats or i32; cast it")
    return [{ dtype: x!.dtype, shape: x!.shape.map((d, i) => (axes.includes(i) ? 1 : d)) }]
  }

export const sumOp: Op<ReduceAttrs> = {
  name: "sum",
  doc: "The sum over `axes`, which stay with length 1.",
  precision: "exact",
  kind: "reduce",
  shape: reducedSpec("sum"),
  gradient: ({ inputs: [x] }, [g]) => [broadcast(g!, x!.shape)],
}

export const maxOp: Op<ReduceAttrs> = {
  name: "max",
  doc: "The largest element over `axes`, which stay with length 1. Ties share the gradient.",
  precision: "follow",
  kind: "reduce",
  shape: reducedSpec("max"),
  gradient({ inputs: [x], outputs: [y], attrs: { axes } }, [g]) {
    const isMax = cast(equal(x!, broadcast(y!, x!.shape)), x!.dtype)
    const count = apply1(sumOp, [isMax], { axes })
    return [mul(isMax, broadcast(div(g!, count), x!.shape))]
  },
}

export interface ReduceOptions {
  /** Keep the reduced axes with length 1. */
  keepDims?: boolean
}

export const allAxes = (x: Tensor): number[] => x.shape.map((_, i) => i)

const reduce =
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

/** The sum over `axes`, all of them unless named. */
export const sum = reduce(sumOp)
/**
 * The largest element over `axes` (all of them unless named); -Infinity where that is all there is.
 * Whether a NaN among them is found or passed over depends on the backend.
 */
export const max = reduce(maxOp)

/** The arithmetic mean over `axes` (all of them unless named). */
export function mean(
  x: Tensor,
  axes?: number | readonly number[],
  options?: ReduceOptions,
): Tensor {
  requireFloats("mean", [x])
  const total = sum(x, axes, options)
  return mul(total, total.size / x.size)
}

/** The variance over `axes`; `correction` 1 (the default, as in PyTorch) is unbiased. */
export function variance(
  x: Tensor,
  axes: number | readonly number[] = allAxes(x),
  { keepDims = false, correction = 1 }: ReduceOptions & { correction?: number } = {},
): Tensor {
  const centred = sub(x, mean(x, axes, { keepDims: true }))
  const total = sum(mul(centred, centred), axes, { keepDims })
  return mul(total, 1 / (x.size / total.size - correction))
}
