import type { Shape, Spec, Tensor, Traced } from "@tubelet/core"
import type { Named } from "./named.js"

/** What an optimizer keeps from step to step: scalars, and records by parameter. */
export type OptimizerSpecs = Named<Spec | Named<Spec>>

export interface OptimizerInputs<S> {
  readonly params: Named<Tensor>
  /** Gradients of the parameters to train; the others stay as they are. */
  readonly grads: Named<Tensor>
  readonly state: Traced<S>
  readonly learningRate: Tensor
  /** Default: 0.05. A tensor where a schedule moves it. */
  readonly weightDecay?: Tensor | number
}

/** The rule by which a step changes weights, as a value. `S` are the specs of its state. */
export interface Optimizer<S = OptimizerSpecs> {
  readonly name: string
  /** The state for these parameters; it starts as zeros. */
  specs(params: Named<{ readonly shape: Shape }>): S
  /** One step, while tracing. Gives new params for those that have gradients. */
  update(inputs: OptimizerInputs<S>): { params: Record<string, Tensor>; state: Traced<S> }
}
