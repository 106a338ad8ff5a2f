import { div, less, mul, type Spec, select, sqrt, square, sum, type Tensor } from "@tubelet/core"
import type { Optimizer } from "./optimizer.js"
import { type Momentum, type SgdOptions, withMomentum } from "./sgd.js"

export interface LarsOptions extends Omit<SgdOptions, "decays"> {
  /**
   * The trust coefficient: the norm of an update relative to its parameter's, before the learning
   * rate. Default: 0.001.
   */
  readonly trust?: number
}

/**
 * LARS (You et al. 2017), as in MAE's linear probing: each matrix's gradient, with its weight
 * decay, is scaled to `trust` times the matrix's norm. Vectors are neither scaled nor decayed.
 */
export const lars = ({ trust = 0.001, ...options }: LarsOptions = {}): Optimizer<Momentum<Spec>> =>
  withMomentum("lars", { ...options, decays: (_, shape) => shape.length > 1 }, (grad, param) =>
    param.rank > 1 ? mul(grad, trustRatio(grad, param, trust)) : grad,
  )

/** trust |p| / |g|; 1 if either is zero. */
function trustRatio(grad: Tensor, param: Tensor, trust: number): Tensor {
  const [size, change] = [norm(param), norm(grad)]
  const both = mul(size, change)
  return select(less(0, both), div(mul(size, trust), change), 1)
}

const norm = (x: Tensor): Tensor => sqrt(sum(square(x)))
