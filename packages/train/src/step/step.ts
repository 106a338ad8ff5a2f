import {
  type Backend,
  type Compiled,
  type CompileOptions,
  compile,
  type Graph,
  gradients,
  isPrimitive,
  type Op,
  optimise,
  type Spec,
  spec,
  type Tensor,
  type Traced,
  traceGraph,
} from "@tubelet/core"
import { type ParameterSet, type TrainableModel, weightedMean } from "@tubelet/models"
import { adamW } from "./adamw.js"
import { clipByGlobalNorm } from "./clip.js"
import { movedAverage } from "./ema.js"
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

/** A compiled step over batches whose specs are `S`. */
export type TrainStep<S> = Compiled<StepSpecs<S>, StepResults>

/** The parameters that get gradients: neither frozen ones nor buffers. */
export function trainable<T>(
  { frozen, buffers = [] }: Pick<ParameterSet, "frozen" | "buffers">,
  params: Named<T>,
): Record<string, T> {
  const fixed = new Set([...frozen, ...buffers])
  return Object.fromEntries(Object.entries(params).filter(([name]) => !fixed.has(name)))
}

/** The specs of what a step overwrites. */
export function stateSpecs(
  model: ParameterSet,
  { optimizer = adamW(), ema }: StepOptions,
): StateSpecs {
  const trained = trainable(model, model.specs)
  return {
    params: model.specs,
    optimizer: optimizer.specs(trained),
    ...(ema !== undefined && { ema: trained }),
  }
}

export const rateSpecs = { learningRate: spec("f32"), weightDecay: spec("f32") }

/** A function to trace, and what compiling it takes: a step, or a part of one. */
export interface StepPart<S, R> {
  readonly trace: (inputs: Traced<S>) => R
  readonly specs: S
  readonly donate: readonly string[]
  readonly name: string
}

export const compilePart = <S, R>(
  backend: Backend,
  { trace, ...part }: StepPart<S, R>,
  options: CompileOptions = {},
): Promise<Compiled<S, R>> => compile(backend, trace, { ...part, ...options })

/** What all steps do with a loss and its gradients: clip, update, average. */
export function updated(
  {
    params,
    optimizer: state,
    ema,
    ...rates
  }: StepState<Tensor, Traced<OptimizerSpecs>> & {
    readonly learningRate: Tensor
    readonly weightDecay: Tensor
  },
  { loss, grads }: { readonly loss: Tensor; readonly grads: Named<Tensor> },
  { optimizer = adamW(), clipGrad, ema: decay }: StepOptions,
): StepResults {
  const { grads: clipped, norm: gradNorm } = clipByGlobalNorm(grads, clipGrad)
  const next = optimizer.update({ params, grads: clipped, state, ...rates })
  return {
    ...{ loss, gradNorm, params: next.params, optimizer: next.state },
    ...(ema && decay !== undefined && { ema: movedAverage(ema, next.params, decay) }),
  }
}

/**
 * A whole training step over one batch. It divides the loss, not each gradient as a step in
 * micro-batches must, which is the same but for rounding.
 */
export function wholeStep<S>(
  { name, model, batch, step }: StepPlan<S>,
  { exposeGrads = false }: { readonly exposeGrads?: boolean } = {},
): StepPart<StepSpecs<S>, StepResults> {
  const state = stateSpecs(model, step)
  return {
    trace({ batch, ...state }) {
      const { buffers, ...terms } = model.lossTerms(state.params, batch)
      const loss = weightedMean(terms)
      const { grads } = gradients(loss, trainable(model, state.params))
      const next = updated(state, { loss, grads }, step)
      return withBuffers({ ...next, ...(exposeGrads && { grads }) }, buffers)
    },
    specs: { ...state, batch, ...rateSpecs },
    donate: Object.keys(state),
    name: `${model.config.system} ${name} step`,
  }
}

/** Results whose parameters include what the forward pass made of the buffers. */
export const withBuffers = <R extends { readonly params: Named<Tensor> }>(
  results: R,
  buffers: Named<Tensor> | undefined,
): R => (buffers ? { ...results, params: { ...results.params, ...buffers } } : results)

export interface CompileStepOptions extends CompileOptions {
  /** Also returns the gradients, from before clipping. */
  readonly exposeGrads?: boolean
}

/**
 * Compiles a whole training step of any model: a batch in, loss out, the state updated in place.
 * Pre-training and fine-tuning are this step, with batches and options of their own.
 */
export const compileTrainStep = <S>(
  backend: Backend,
  plan: StepPlan<S>,
  { exposeGrads, ...options }: CompileStepOptions = {},
): Promise<TrainStep<S>> =>
  compilePart(backend, wholeStep(plan, exposeGrads ? { exposeGrads } : {}), options)

/** The graph that a backend with these ops would be given to compile. */
export function stepGraph<S>(plan: StepPlan<S>, supports: (op: Op) => boolean): Graph {
  const { trace, specs, donate } = wholeStep(plan)
  return optimise(
    traceGraph(trace, specs, { donate }).graph,
    (op) => isPrimitive(op) || supports(op),
  )
}
