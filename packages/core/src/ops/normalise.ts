import { type Spec, sameShape } from "../dtype.js"
import { requireFloats, requireShape } from "../errors.js"
import { apply, apply1, type Op } from "../op.js"
import type { Tensor } from "../tensor.js"
import { add, div, exp, log, maximum, mul, sqrt, sub } from "./elementwise.js"
import { max, mean } from "./reduce.js"
import { allAxes, sum } from "./sum.js"

const last = { keepDims: true } as const

/** The shape rule of ops on rows, which are the last axis. */
const rowwise =
  (name: string) =>
  ([x]: readonly Tensor[]): Spec[] => {
    requireFloats(name, [x])
    requireShape(x.rank >= 1, name, [x], "expects at least one axis")
    return [x]
  }

/** The softmax over the last axis. */
export const softmaxOp: Op<object> = {
  name: "softmax",
  shape: rowwise("softmax"),
  gradient({ outputs: [p] }, [g]) {
    return [mul(p, sub(g!, sum(mul(g!, p), -1, last)))]
  },
  decompose([x]) {
    const e = exp(sub(x, max(x, -1, last)))
    return [div(e, sum(e, -1, last))]
  },
}

export const softmax = (x: Tensor): Tensor => apply1(softmaxOp, [x], {})

/** The logarithm of softmax over the last axis. */
export const logSoftmaxOp: Op<object> = {
  name: "logSoftmax",
  shape: rowwise("logSoftmax"),
  gradient: ({ outputs: [y] }, [g]) => [sub(g!, mul(exp(y), sum(g!, -1, last)))],
  decompose([x]) {
    const shifted = sub(x, max(x, -1, last))
    return [sub(shifted, log(sum(exp(shifted), -1, last)))]
  },
}

export const logSoftmax = (x: Tensor): Tensor => apply1(logSoftmaxOp, [x], {})

interface NormAttrs {
  eps: number
}

/**
 * Over the last axis: (x - mean) / sqrt(variance + eps) * weight + bias (Ba et al. 2016). Returns
 * y, the mean and 1 / standard deviation.
 */
export const layerNormOp: Op<NormAttrs> = {
  name: "layerNorm",
  shape(inputs) {
    const [x, weight, bias] = inputs
    requireFloats("layerNorm", inputs)
    const row = [x.shape.at(-1)!]
    const fits = sameShape(weight.shape, row) && sameShape(bias.shape, row)
    requireShape(fits, "layerNorm", inputs, `expects weight and bias of shape [${row}]`)
    const statistic = { dtype: x.dtype, shape: [...x.shape.slice(0, -1), 1] }
    return [x, statistic, statistic]
  },
  gradient({ inputs: [x, weight], outputs: [, average, inverse] }, [g, ofAverage, ofInverse]) {
    // Only second derivatives reach the statistics.
    if (g === undefined || ofAverage !== undefined || ofInverse !== undefined) return undefined
    return apply(layerNormGradientOp, [x, weight, average, inverse, g], {})
  },
  decompose([x, weight, bias], { eps }) {
    const average = mean(x, -1, last)
    const centred = sub(x, average)
    const inverse = div(1, sqrt(add(mean(mul(centred, centred), -1, last), eps)))
    return [add(mul(mul(centred, inverse), weight), bias), average, inverse]
  },
}

/** The cotangents of x, weight and bias, from x, weight, mean, 1 / standard deviation and g. */
export const layerNormGradientOp: Op<object> = {
  name: "layerNormGradient",
  shape: ([x, weight]) => [x, weight, weight],
  decompose([x, weight, average, inverse, g]) {
    const normal = mul(sub(x, average), inverse)
    const outer = allAxes(x).slice(0, -1)
    const inner = mul(g, weight)
    const along = mul(normal, mean(mul(inner, normal), -1, last))
    const dx = mul(sub(sub(inner, mean(inner, -1, last)), along), inverse)
    return [dx, sum(mul(g, normal), outer), sum(g, outer)]
  },
}

/** Layer normalisation over the last axis; `eps` is added to the variance. */
export const layerNorm = (x: Tensor, weight: Tensor, bias: Tensor, eps = 1e-6): Tensor =>
  apply(layerNormOp, [x, weight, bias], { eps })[0]

/** x divided by its Euclidean norm along the last axis, like torch's `F.normalize` (eps 1e-12). */
export function l2Normalise(x: Tensor, eps = 1e-12): Tensor {
  // The bound is inside the square root, whose gradient at 0 would be infinite.
  const squared = maximum(sum(mul(x, x), -1, last), eps * eps)
  return div(x, sqrt(squared))
}
