import type { Tensor } from "../tensor.js"
import { mul, neg, square, sub } from "./elementwise.js"
import { logSoftmax } from "./normalise.js"
import { mean } from "./reduce.js"
import { sum } from "./sum.js"

/** The mean of (prediction - target)^2 over the last axis: one number per token. */
export const squaredError = (prediction: Tensor, target: Tensor): Tensor =>
  mean(square(sub(prediction, target)), -1)

/** Cross entropy with soft targets: logits and targets [B, C] give one number per sample, [B]. */
export const crossEntropy = (logits: Tensor, target: Tensor): Tensor =>
  neg(sum(mul(target, logSoftmax(logits)), -1))
