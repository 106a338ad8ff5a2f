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
  type Tensor,
  type Traced,
  traceGraph,
} from "@tubelet/core"
import { weightedMean } from "@tubelet/models"
import { clipByGlobalNorm } from "./clip.js"
import { movedAverage } from "./ema.js"
import type { Named } from "./named.js"
import type { OptimizerSpecs } from "./optimizer.js"
import {
  optimizerOf,
  rateSpecs,
  type StepOptions,
  type StepPlan,
  type StepResults,
  type StepSpecs,
  type StepState,
  stateSpecs,
  trainable,
} from "./plan.js"

/** A function to trace, and its compile options: a step, or a part of one. */
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

/** What every step does with a loss and its gradients: clip, update, average. */
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
  { clipGrad, ema: decay, ...step }: StepOptions,
): StepResults {
  const { grads: clipped, norm: gradNorm } = clipByGlobalNorm(grads, clipGrad)
  const next = optimizerOf(step).update({ params, grads: clipped, state, ...rates })
  return {
    ...{ loss, gradNorm, params: next.params, optimizer: next.state },
    ...(ema && decay !== undefined && { ema: movedAverage(ema, next.params, decay) }),
  }
}

/** A compiled step over batches with specs `S`. */
export type TrainStep<S> = Compiled<StepSpecs<S>, StepResults>

/**
 * A complete training step over one batch. It divides the loss; a step in micro-batches must divide
 * each gradient instead, which is the same up to rounding.
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
      const params = { ...next.params, ...buffers }
      return { ...next, params, ...(exposeGrads && { grads }) }
    },
    specs: { ...state, batch, ...rateSpecs },
    donate: Object.keys(state),
    name: `${model.config.system} ${name} step`,
  }
}

export interface CompileStepOptions extends CompileOptions {
  /** Also returns the gradients before clipping. */
  readonly exposeGrads?: boolean
}

/**
 * Compiles a complete training step of any model: a batch in, loss out, the state updated in place.
 * Pre-training and fine-tuning are this step with different batches and options.
 */
export const compileTrainStep = <S>(
  backend: Backend,
  plan: StepPlan<S>,
  { exposeGrads, ...options }: CompileStepOptions = {},
): Promise<TrainStep<S>> =>
  compilePart(backend, wholeStep(plan, exposeGrads ? { exposeGrads } : {}), options)

/** The graph that a backend with these ops would compile. */
export function stepGraph<S>(plan: StepPlan<S>, supports: (op: Op) => boolean): Graph {
  const { trace, specs, donate } = wholeStep(plan)
  return optimise(
    traceGraph(trace, specs, { donate }).graph,
    (op) => isPrimitive(op) || supports(op),
  )
}
