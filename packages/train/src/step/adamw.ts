import { adamWStep, add, constant, mul, type Shape, type Spec, spec, Tensor } from "@tubelet/core"
import { mapNamed, type Named } from "./named.js"
import type { Optimizer } from "./optimizer.js"

/** AdamW's state: two moments per parameter, and the bias corrections 1 - beta^step of both. */
export type Moments<T> = {
  readonly first: Named<T>
  readonly second: Named<T>
  readonly correction1: T
  readonly correction2: T
}

export interface AdamWOptions {
  readonly betas?: readonly [number, number]
  readonly eps?: number
  /** Whether a parameter is decayed. Default: all but biases and norms. */
  readonly decays?: (name: string, shape: Shape) => boolean
  /** A factor on a parameter's learning rate, for layer decay. */
  readonly lrScale?: (name: string) => number
}

const matricesOnly = (_: string, shape: Shape): boolean => shape.length > 1

/**
 * AdamW (Loshchilov & Hutter 2019), as computed by torch.optim.AdamW. The bias corrections follow
 * c' = beta c + 1 - beta, which keeps their relative precision in f32 where 1 - beta^step would
 * lose it.
 */
export function adamW({
  betas: [beta1, beta2] = [0.9, 0.95],
  eps = 1e-8,
  decays = matricesOnly,
  lrScale = () => 1,
}: AdamWOptions = {}): Optimizer<Moments<Spec>> {
  return {
    name: "adamw",

    specs(params) {
      const like = mapNamed(params, ({ shape }) => spec("f32", shape))
      return { first: like, second: like, correction1: spec("f32"), correction2: spec("f32") }
    },

    update({ params, grads, state, learningRate, weightDecay = 0.05 }) {
      const decay = weightDecay instanceof Tensor ? weightDecay : constant(weightDecay)
      const correction1 = add(mul(state.correction1, beta1), 1 - beta1)
      const correction2 = add(mul(state.correction2, beta2), 1 - beta2)
      const updated = mapNamed(grads, (grad, name) =>
        adamWStep(
          {
            param: params[name],
            grad,
            first: state.first[name],
            second: state.second[name],
            learningRate: mul(learningRate, lrScale(name)),
            weightDecay: decays(name, params[name].shape) ? decay : constant(0),
            correction1,
            correction2,
          },
          { beta1, beta2, eps },
        ),
      )
      return {
        params: mapNamed(updated, ({ param }) => param),
        state: {
          first: mapNamed(updated, ({ first }) => first),
          second: mapNamed(updated, ({ second }) => second),
          correction1,
          correction2,
        },
      }
    },
  }
}
