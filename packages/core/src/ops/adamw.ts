import { sameShape } from "../dtype.js"
import { requireFloats, requireShape } from "../errors.js"
import { apply, type Op } from "../op.js"
import type { Tensor } from "../tensor.js"
import { add, div, mul, sqrt, sub } from "./elementwise.js"

export interface AdamWAttrs {
  beta1: number
  beta2: number
  eps: number
}

/**
 * One AdamW step: the new parameter, first and second moment.
 *
 * Loshchilov & Hutter (2019), in PyTorch's order: decay first, then p -= lr / correction1 * m /
 * (sqrt(v) / sqrt(correction2) + eps). Inputs are param, grad, first and second moment, learning
 * rate, weight decay and the bias corrections 1 - beta^step.
 */
export const adamWOp: Op<AdamWAttrs> = {
  name: "adamW",
  shape(inputs) {
    const [param, ...rest] = inputs
    requireFloats("adamW", inputs)
    const alike = rest.slice(0, 3).every((x) => sameShape(x.shape, param.shape))
    const scalars = rest.length === 7 && rest.slice(3).every((x) => x.rank === 0)
    requireShape(
      alike && scalars,
      "adamW",
      inputs,
      "expects four tensors of the same shape and four scalars",
    )
    return [param, param, param]
  },
  decompose([p, g, m, v, rate, decay, correction1, correction2], { beta1, beta2, eps }) {
    const first = add(mul(m, beta1), mul(g, 1 - beta1))
    const second = add(mul(v, beta2), mul(mul(g, g), 1 - beta2))
    const deviation = add(div(sqrt(second), sqrt(correction2)), eps)
    const decayed = mul(p, sub(1, mul(rate, decay)))
    const update = mul(div(rate, correction1), div(first, deviation))
    return [sub(decayed, update), first, second]
  },
}

export interface AdamWInputs {
  readonly param: Tensor
  readonly grad: Tensor
  readonly first: Tensor
  readonly second: Tensor
  /** Scalars: learning rate, weight decay (0 for none), and 1 - beta^step for both moments. */
  readonly learningRate: Tensor
  readonly weightDecay: Tensor
  readonly correction1: Tensor
  readonly correction2: Tensor
}

/** The AdamW step of one parameter; see `adamWOp` for the formula. */
export function adamWStep(
  { param, grad, first, second, learningRate, weightDecay, correction1, correction2 }: AdamWInputs,
  attrs: AdamWAttrs,
): { param: Tensor; first: Tensor; second: Tensor } {
  const state = [param, grad, first, second]
  const scalars = [learningRate, weightDecay, correction1, correction2]
  const [p, m, v] = apply(adamWOp, [...state, ...scalars], attrs)
  return { param: p, first: m, second: v }
}
