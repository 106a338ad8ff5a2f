import type { Shape, Spec, Tensor, Traced } from "@tubelet/core"
import type { Named } from "./named.js"

/** What an optimizer keeps between steps: scalars, and records by parameter. */
export type OptimizerSpecs = Named<Spec | Named<Spec>>

export interface OptimizerInputs<S> {
  readonly params: Named<Tensor>
  /** Gradients of the parameters to train; the others do not change. */
  readonly grads: Named<Tensor>
  readonly state: Traced<S>
  readonly learningRate: Tensor
  /** A tensor if a schedule changes it. Default: the optimizer's. */
  readonly weightDecay?: Tensor | number
}

/** How a step updates weights. `S` is the type of its state's specs. */
export interface Optimizer<S = OptimizerSpecs> {
  readonly name: string
  /** The state for these parameters; initially zeros. */
  specs(params: Named<{ readonly shape: Shape }>): S
  /** One step, while tracing. Returns new values of the params that have gradients. */
  update(inputs: OptimizerInputs<S>): { params: Record<string, Tensor>; state: Traced<S> }
}
