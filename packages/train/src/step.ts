import {
  type Backend,
  type Compiled,
  type CompileOptions,
  compile,
  gradients,
  type Shape,
  type Spec,
  spec,
  type Tensor,
  type Traced,
} from "@tubelet/core"
import type { ParameterSet, TrainableModel } from "@tubelet/models"
import { adamW, type Moments, momentSpecs } from "./adamw.js"
import { clipByGlobalNorm } from "./clip.js"
import { movedAverage } from "./ema.js"

type Weights<T> = Readonly<Record<string, T>>

/** How a step changes the weights. Rates and decay themselves are given at each run. */
export interface StepOptions {
  /** Largest global norm of the gradients. Default: no clipping. */
  readonly clipGrad?: number
  readonly betas?: readonly [number, number]
  readonly eps?: number
  /** Whether a parameter is decayed. */
  readonly decays?: (name: string, shape: Shape) => boolean
  /** A factor on a parameter's rate, for layer decay. */
  readonly rateScale?: (name: string) => number
  /** Also moves an average of the weights by this decay. Default: none is kept. */
  readonly ema?: number
}

export interface CompileStepOptions extends StepOptions, CompileOptions {
  /** Also returns the gradients, from before clipping. */
  readonly exposeGrads?: boolean
}

/** The trainable part of a model's parameters. */
export const trainable = <T>(
  { frozen }: Pick<ParameterSet, "frozen">,
  params: Weights<T>,
): Record<string, T> =>
  Object.fromEntries(Object.entries(params).filter(([name]) => !frozen.includes(name)))

export interface StepInputs<T, B> {
  readonly params: Weights<T>
  readonly moments: Moments<T>
  /** The moving average of the trained weights, for a step that keeps one. */
  readonly ema?: Weights<T>
  readonly batch: B
  readonly learningRate: T
  readonly weightDecay: T
}

export interface StepResults<T> {
  readonly loss: T
  readonly gradNorm: T
  readonly grads?: Weights<T>
  readonly params: Weights<T>
  readonly moments: Moments<T>
  readonly ema?: Weights<T>
}

/** A compiled step over batches whose specs are `S`. */
export type TrainStep<S> = Compiled<StepInputs<Spec, S>, StepResults<Tensor>>

/** The specs of all that a step reads but its batch. */
export const stateSpecs = (
  model: ParameterSet,
  { ema }: StepOptions,
): Omit<StepInputs<Spec, never>, "batch"> => ({
  params: model.specs,
  moments: momentSpecs(trainable(model, model.specs)),
  ...(ema !== undefined && { ema: trainable(model, model.specs) }),
  learningRate: spec("f32"),
  weightDecay: spec("f32"),
})

/** A function to trace and what compiling it takes: a step, or a part of one. */
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

/** The names of what a step overwrites. */
export const stateNames = ({ ema }: StepOptions): string[] => [
  "params",
  "moments",
  ...(ema === undefined ? [] : ["ema"]),
]

/** AdamW, then the moving average where there is one. */
export function updated(
  { params, moments, ema, learningRate, weightDecay }: Omit<StepInputs<Tensor, unknown>, "batch">,
  grads: Weights<Tensor>,
  { ema: decay, ...how }: StepOptions,
): Pick<StepResults<Tensor>, "params" | "moments" | "ema"> {
  const state = adamW({ params, grads, moments, learningRate, weightDecay, ...how })
  if (ema === undefined || decay === undefined) return state
  return { ...state, ema: movedAverage(ema, state.params, decay) }
}

/** A whole training step of any model, over batches of the specs `batch`. */
export const trainStep = <B, S>(
  model: TrainableModel<B>,
  batch: S,
  { exposeGrads = false, clipGrad, ...how }: StepOptions & { readonly exposeGrads?: boolean } = {},
): StepPart<StepInputs<Spec, S>, StepResults<Tensor>> => ({
  trace(inputs) {
    const { batch, ...state } = inputs as unknown as StepInputs<Tensor, B>
    const loss = model.loss(state.params, batch)
    const { grads } = gradients(loss, trainable(model, state.params))
    const { grads: clipped, norm } = clipByGlobalNorm(grads, clipGrad)
    const next = updated(state, clipped, how)
    return { loss, gradNorm: norm, ...(exposeGrads && { grads }), ...next }
  },
  specs: { ...stateSpecs(model, how), batch },
  donate: stateNames(how),
  name: `${model.config.system} step`,
})

/**
 * Compiles a whole training step of any model: a batch in, loss out, weights and moments updated
 * in place. Pre-training and fine-tuning are this step, with batches and options of their own.
 */
export function compileTrainStep<B, S>(
  backend: Backend,
  model: TrainableModel<B>,
  batch: S,
  { name, onProgress, profile, ...options }: CompileStepOptions = {},
): Promise<TrainStep<S>> {
  return compilePart(backend, trainStep(model, batch, options), {
    ...(name !== undefined && { name }),
    ...(onProgress && { onProgress }),
    ...(profile !== undefined && { profile }),
  })
}
