import { add, mul, type Shape, type Spec, spec, sub, type Tensor } from "@tubelet/core"
import { mapNamed, type Named } from "./named.js"
import type { Optimizer } from "./optimizer.js"

/** The state of SGD and LARS: a momentum buffer per parameter. */
export type Momentum<T> = { readonly momentum: Named<T> }

export interface SgdOptions {
  /** Default: 0.9. */
  readonly momentum?: number
  /** Whether a parameter is decayed. Default: all. */
  readonly decays?: (name: string, shape: Shape) => boolean
  /** A factor on a parameter's learning rate, for layer decay. */
  readonly lrScale?: (name: string) => number
}

/** Stochastic gradient descent with momentum, as computed by torch.optim.SGD. */
export const sgd = (options: SgdOptions = {}): Optimizer<Momentum<Spec>> =>
  withMomentum("sgd", options, (grad) => grad)

/**
 * Momentum on gradients that `scaled` has changed: v' = momentum v + g, p' = p - rate v'. The decay
 * is added to the gradient first.
 */
export function withMomentum(
  name: string,
  { momentum = 0.9, decays = () => true, lrScale = () => 1 }: SgdOptions,
  scaled: (grad: Tensor, param: Tensor) => Tensor,
): Optimizer<Momentum<Spec>> {
  return {
    name,
    specs: (params) => ({ momentum: mapNamed(params, ({ shape }) => spec("f32", shape)) }),
    update({ params, grads, state, learningRate, weightDecay = 0 }) {
      const buffers = mapNamed(grads, (grad, name) => {
        const param = params[name]
        const decayed = decays(name, param.shape) ? add(grad, mul(param, weightDecay)) : grad
        return add(mul(state.momentum[name], momentum), scaled(decayed, param))
      })
      return {
        params: mapNamed(buffers, (buffer, name) =>
          sub(params[name], mul(buffer, mul(learningRate, lrScale(name)))),
        ),
        state: { momentum: buffers },
      }
    },
  }
}
