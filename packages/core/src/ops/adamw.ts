import { sameShape } from "../dtype.js"
import { requireShape } from "../errors.js"
import { apply, type Op } from "../op.js"
import type { Tensor } from "../tensor.js"
import { add, div, mul, sqrt, sub } from "./elementwise.js"

export interface AdamWAttrs {
  beta1: number
  beta2: number
  eps: number
  weightDecay: number
}

/**
 * AdamW (Loshchilov & Hutter 2019) in PyTorch's order: decay first, then the step
 * p -= lr / correction1 * m / (sqrt(v) / sqrt(correction2) + eps).
 */
export const adamWOp: Op<AdamWAttrs> = {
  name: "adamW",
  doc: "One AdamW step: param, grad, first and second moment, learning rate and the two bias corrections 1 - beta^step give param, first and second moment.",
  precision: "exact",
  shape(inputs) {
    const [param, ...rest] = inputs
    const alike = rest.slice(0, 3).every((x) => sameShape(x.shape, param!.shape))
    const scalars = rest.slice(3).every((x) => x.rank === 0)
    requireShape(alike && scalars, "adamW", inputs, "takes four equal shapes and three scalars")
    return [param!, param!, param!]
  },
  decompose([p, g, m, v, rate, correction1, correction2], { beta1, beta2, eps, weightDecay }) {
    const first = add(mul(m!, beta1), mul(g!, 1 - beta1))
    const second = add(mul(v!, beta2), mul(mul(g!, g!), 1 - beta2))
    const deviation = add(div(sqrt(second), sqrt(correction2!)), eps)
    const decayed = weightDecay === 0 ? p! : mul(p!, sub(1, mul(rate!, weightDecay)))
    const update = mul(div(rate!, correction1!), div(first, deviation))
    return [sub(decayed, update), first, second]
  },
}

/** One parameter's AdamW step; see `adamWOp` for the formula. */
export const adamWStep = (
  inputs: {
    param: Tensor
    grad: Tensor
    first: Tensor
    second: Tensor
    learningRate: Tensor
    correction1: Tensor
    correction2: Tensor
  },
  attrs: AdamWAttrs,
): { param: Tensor; first: Tensor; second: Tensor } => {
  const { param, grad, learningRate, correction1, correction2 } = inputs
  const operands = [param, grad, inputs.first, inputs.second]
  const [p, first, second] = apply(
    adamWOp,
    [...operands, learningRate, correction1, correction2],
    attrs,
  )
  return { param: p!, first: first!, second: second! }
}
