import {
  add,
  type Backend,
  broadcast,
  type Compiled,
  type CompileOptions,
  constant,
  div,
  gradients,
  type Spec,
  spec,
  type Tensor,
} from "@tubelet/core"
import type { ParameterSet, TrainableModel } from "@tubelet/models"
import { clipByGlobalNorm } from "./clip.js"
import {
  compilePart,
  type StepInputs,
  type StepOptions,
  type StepPart,
  type StepResults,
  stateNames,
  stateSpecs,
  trainable,
  updated,
} from "./step.js"

type Weights<T> = Readonly<Record<string, T>>

/** Sums of gradients and of loss weights over several micro-batches, on the device. */
export interface Accumulated<T> {
  readonly grads: Weights<T>
  readonly loss: T
  readonly weight: T
}

export const accumulatedSpecs = (model: ParameterSet): Accumulated<Spec> => ({
  grads: trainable(model, model.specs),
  loss: spec("f32"),
  weight: spec("f32"),
})

const zerosLike = (t: Tensor): Tensor => broadcast(constant(0), t.shape)

interface AddInputs<T, B> {
  readonly params: Weights<T>
  readonly total: Accumulated<T>
  readonly batch: B
}

type ApplyInputs<T> = Omit<StepInputs<T, never>, "batch"> & { readonly total: Accumulated<T> }

/** The two parts of a step over several micro-batches. */
export interface AccumulatedStep<S> {
  readonly accumulate: Compiled<AddInputs<Spec, S>, { readonly total: Accumulated<Tensor> }>
  readonly apply: Compiled<
    ApplyInputs<Spec>,
    StepResults<Tensor> & { readonly total: Accumulated<Tensor> }
  >
}

/** Adds a micro-batch's loss terms and their gradients to the sums. */
export const accumulatePart = <B, S>(
  model: TrainableModel<B>,
  batch: S,
): StepPart<AddInputs<Spec, S>, { readonly total: Accumulated<Tensor> }> => ({
  trace(inputs) {
    const { params, total, batch } = inputs as unknown as AddInputs<Tensor, B>
    const { sum, weight } = model.lossTerms(params, batch)
    const { grads } = gradients(sum, trainable(model, params))
    const entries = Object.entries(grads).map(([name, g]) => [name, add(total.grads[name], g)])
    return {
      total: {
        grads: Object.fromEntries(entries) as Record<string, Tensor>,
        loss: add(total.loss, sum),
        weight: add(total.weight, weight),
      },
    }
  },
  specs: { params: model.specs, total: accumulatedSpecs(model), batch },
  donate: ["total"],
  name: `${model.config.system} accumulate`,
})

/** Divides the sums by the weight, updates by them and clears them. */
export const applyPart = (
  model: TrainableModel<never>,
  { clipGrad, ...how }: StepOptions,
): StepPart<ApplyInputs<Spec>, StepResults<Tensor> & { readonly total: Accumulated<Tensor> }> => ({
  trace(inputs) {
    const { total, ...state } = inputs as unknown as ApplyInputs<Tensor>
    const mean = Object.entries(total.grads).map(([name, g]) => [name, div(g, total.weight)])
    const { grads, norm } = clipByGlobalNorm(Object.fromEntries(mean), clipGrad)
    const cleared = Object.entries(total.grads).map(([name, g]) => [name, zerosLike(g)])
    return {
      loss: div(total.loss, total.weight),
      gradNorm: norm,
      total: {
        grads: Object.fromEntries(cleared) as Record<string, Tensor>,
        loss: zerosLike(total.loss),
        weight: zerosLike(total.weight),
      },
      ...updated(state, grads, how),
    }
  },
  specs: { ...stateSpecs(model, how), total: accumulatedSpecs(model) },
  donate: [...stateNames(how), "total"],
  name: `${model.config.system} apply`,
})

/** How much of the compilation a micro-batch takes, for its progress. */
const largePart = 0.9

/**
 * A training step in two parts, for several micro-batches: `accumulate` sums loss terms and their
 * gradients, `apply` divides by the summed weight and updates. So it equals one large batch, even
 * where the micro-batches' weights differ.
 */
export async function compileAccumulatedStep<B, S>(
  backend: Backend,
  model: TrainableModel<B>,
  batch: S,
  { onProgress, ...options }: StepOptions & Pick<CompileOptions, "onProgress">,
): Promise<AccumulatedStep<S>> {
  const told = (from: number, to: number): CompileOptions =>
    onProgress ? { onProgress: (done) => onProgress(from + (to - from) * done) } : {}
  const part = accumulatePart(model, batch)
  const accumulate = await compilePart(backend, part, told(0, largePart))
  try {
    const apply = await compilePart(backend, applyPart(model, options), told(largePart, 1))
    return { accumulate, apply }
  } catch (error) {
    await accumulate.dispose()
    throw error
  }
}
