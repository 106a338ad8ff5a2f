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
} from "@tubelet/core"
import type { ParameterSet, TrainableModel } from "@tubelet/models"
import { adamW, type Moments, momentSpecs } from "./adamw.js"
import { clipByGlobalNorm } from "./clip.js"

type Weights<T> = Readonly<Record<string, T>>

/** How a step changes the weights. Rates and decay themselves are given at each run. */
export interface StepOptions {
  /** Largest global norm of the gradients; none unless given. */
  readonly clipGrad?: number
  readonly betas?: readonly [number, number]
  readonly eps?: number
  /** Whether a parameter is decayed. */
  readonly decays?: (name: string, shape: Shape) => boolean
  /** A factor on a parameter's rate, for layer decay. */
  readonly rateScale?: (name: string) => number
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
}

/** A compiled step over batches whose specs are `S`. */
export type TrainStep<S> = Compiled<StepInputs<Spec, S>, StepResults<Tensor>>

/** The specs of all that a step reads but its batch. */
export const stateSpecs = (model: ParameterSet): Omit<StepInputs<Spec, never>, "batch"> => ({
  params: model.specs,
  moments: momentSpecs(trainable(model, model.specs)),
  learningRate: spec("f32"),
  weightDecay: spec("f32"),
})

/**
 * Compiles a whole training step of any model: a batch in, loss out, weights and moments updated
 * in place. Pre-training and fine-tuning are this step, with batches and options of their own.
 */
export function compileTrainStep<B, S>(
  backend: Backend,
  model: TrainableModel<B>,
  batch: S,
  {
    exposeGrads = false,
    clipGrad,
    betas,
    eps,
    decays,
    rateScale,
    ...options
  }: CompileStepOptions = {},
): Promise<TrainStep<S>> {
  const specs: StepInputs<Spec, S> = { ...stateSpecs(model), batch }
  const step = compile(
    backend,
    (inputs) => {
      const { params, moments, batch, ...rates } = inputs as unknown as StepInputs<Tensor, B>
      const loss = model.loss(params, batch)
      const { grads } = gradients(loss, trainable(model, params))
      const { grads: clipped, norm } = clipByGlobalNorm(grads, clipGrad)
      const how = { ...rates, betas, eps, decays, rateScale }
      const updated = adamW({ params, grads: clipped, moments, ...how })
      return { loss, gradNorm: norm, ...(exposeGrads && { grads }), ...updated }
    },
    { specs, donate: ["params", "moments"], name: `${model.config.system} step`, ...options },
  )
  return step as Promise<TrainStep<S>>
}
