import { type Spec, spec, type Tensor, type Traced } from "@tubelet/core"
import type { ParameterSet, TrainableModel } from "@tubelet/models"
import { adamW } from "./adamw.js"
import type { Named } from "./named.js"
import type { Optimizer, OptimizerSpecs } from "./optimizer.js"

/** How a step changes the weights. Its rates are passed to each run. */
export interface StepOptions {
  /** Default: `adamW()`. */
  readonly optimizer?: Optimizer
  /** Largest global norm of the gradients. Default: no clipping. */
  readonly clipGrad?: number
  /** Decay of an exponential moving average (EMA) of the weights. Default: no average. */
  readonly ema?: number
}

/** The options of a step that a recipe may leave out. */
export const stepSettings = ({
  clipGrad,
  ema,
}: Pick<StepOptions, "clipGrad" | "ema">): StepOptions => ({
  ...(clipGrad !== undefined && { clipGrad }),
  ...(ema !== undefined && { ema }),
})

/** What changes from step to step. */
export interface Rates {
  readonly learningRate: number
  readonly weightDecay: number
}

/** What a step is compiled for; `S` is the type of its batch's specs. */
export interface StepPlan<S> {
  /** One word, such as `pretrain`. */
  readonly name: string
  readonly model: TrainableModel<Traced<S>>
  readonly batch: S
  readonly step: StepOptions
}

/** What a step overwrites, as specs, tensors or handles. */
export type StepState<T, O> = {
  readonly params: Named<T>
  /** The optimizer's state. */
  readonly optimizer: O
  /** The moving average of the trained weights, if the step keeps one. */
  readonly ema?: Named<T>
}

export type StateSpecs = StepState<Spec, OptimizerSpecs>

export interface StepSpecs<S> extends StateSpecs {
  readonly batch: S
  readonly learningRate: Spec
  readonly weightDecay: Spec
}

export interface StepResults extends StepState<Tensor, Traced<OptimizerSpecs>> {
  readonly loss: Tensor
  /** The global norm of the gradients before clipping. */
  readonly gradNorm: Tensor
  /** The gradients before clipping, if requested. */
  readonly grads?: Named<Tensor>
}

/** The parameters that have gradients: all but frozen ones and buffers. */
export function trainable<T>(
  { frozen, buffers = [] }: Pick<ParameterSet, "frozen" | "buffers">,
  params: Named<T>,
): Record<string, T> {
  const fixed = new Set([...frozen, ...buffers])
  return Object.fromEntries(Object.entries(params).filter(([name]) => !fixed.has(name)))
}

/** The optimizer of a step. */
export const optimizerOf = ({ optimizer = adamW() }: StepOptions): Optimizer => optimizer

/** The specs of what a step overwrites. */
export function stateSpecs(model: ParameterSet, { ema, ...step }: StepOptions): StateSpecs {
  const trained = trainable(model, model.specs)
  return {
    params: model.specs,
    optimizer: optimizerOf(step).specs(trained),
    ...(ema !== undefined && { ema: trained }),
  }
}

export const rateSpecs = { learningRate: spec("f32"), weightDecay: spec("f32") }
