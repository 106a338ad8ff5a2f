import { type Spec, spec, type Tensor, type Traced } from "@tubelet/core"
import type { ParameterSet, TrainableModel } from "@tubelet/models"
import { adamW } from "./adamw.js"
import type { Named } from "./named.js"
import type { Optimizer, OptimizerSpecs } from "./optimizer.js"

/** How a step changes the weights. Its rates are given at each run. */
export interface StepOptions {
  /** Default: `adamW()`. */
  readonly optimizer?: Optimizer
  /** Largest global norm of the gradients. Default: no clipping. */
  readonly clipGrad?: number
  /** Decay of a moving average of the weights, kept beside them. Default: none is kept. */
  readonly ema?: number
}

/** What changes from step to step. */
export interface Rates {
  readonly learningRate: number
  readonly weightDecay: number
}

/** What a step is compiled for; `S` are the specs of its batch. */
export interface StepPlan<S> {
  /** In a word: `pretrain`. */
  readonly name: string
  readonly model: TrainableModel<Traced<S>>
  readonly batch: S
  readonly step: StepOptions
}

/** What a step overwrites, as specs, tensors or handles. */
export type StepState<T, O> = {
  readonly params: Named<T>
  /** What the optimizer keeps. */
  readonly optimizer: O
  /** The moving average of the trained weights, where the step keeps one. */
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
  /** The gradients before clipping, where they were asked for. */
  readonly grads?: Named<Tensor>
}

/** The parameters that get gradients: neither frozen ones nor buffers. */
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
