import { requireFloats } from "../errors.js"
import { apply1, type Op } from "../op.js"
import type { Tensor } from "../tensor.js"
import { div, equal, mul, sub } from "./elementwise.js"
import { cast } from "./shape.js"
import {
  allAxes,
  broadcast,
  type ReduceAttrs,
  type ReduceOptions,
  reduce,
  reducedSpec,
  sum,
  sumOp,
} from "./sum.js"

/** The largest element over `axes`, kept with length 1. Ties share the gradient. */
export const maxOp: Op<ReduceAttrs> = {
  name: "max",
  kind: "reduce",
  shape: reducedSpec("max"),
  gradient({ inputs: [x], outputs: [y], attrs: { axes } }, [g]) {
    const isMax = cast(equal(x, broadcast(y, x.shape)), x.dtype)
    const count = apply1(sumOp, [isMax], { axes })
    return [mul(isMax, broadcast(div(g!, count), x.shape))]
  },
}

/**
 * The largest element over `axes` (default: all). -Infinity is a valid result. Whether NaN
 * propagates depends on the backend.
 */
export const max = reduce(maxOp)

/** The arithmetic mean over `axes` (default: all). */
export function mean(
  x: Tensor,
  axes?: number | readonly number[],
  options?: ReduceOptions,
): Tensor {
  requireFloats("mean", [x])
  const total = sum(x, axes, options)
  return mul(total, total.size / x.size)
}

/** The variance over `axes`; `correction` 1 (the default, as in PyTorch) makes it unbiased. */
export function variance(
  x: Tensor,
  axes: number | readonly number[] = allAxes(x),
  { keepDims = false, correction = 1 }: ReduceOptions & { correction?: number } = {},
): Tensor {
  const centred = sub(x, mean(x, axes, { keepDims: true }))
  const total = sum(mul(centred, centred), axes, { keepDims })
  return mul(total, 1 / (x.size / total.size - correction))
}
