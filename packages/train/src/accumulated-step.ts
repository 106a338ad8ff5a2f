import {
  add,
  type Backend,
  broadcast,
  type Compiled,
  compile,
  constant,
  div,
  gradients,
  type Spec,
  spec,
  type Tensor,
} from "@tubelet/core"
import type { ParameterSet, TrainableModel } from "@tubelet/models"
import { adamW } from "./adamw.js"
import { clipByGlobalNorm } from "./clip.js"
import {
  type StepInputs,
  type StepOptions,
  type StepResults,
  stateSpecs,
  trainable,
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

/**
 * A training step in two parts, for several micro-batches: `accumulate` sums loss terms and their
 * gradients, `apply` divides by the summed weight and updates. So it equals one large batch, even
 * where the micro-batches' weights differ.
 */
export async function compileAccumulatedStep<B, S>(
  backend: Backend,
  model: TrainableModel<B>,
  batch: S,
  { clipGrad, betas, eps, decays, rateScale }: StepOptions,
): Promise<AccumulatedStep<S>> {
  const total = accumulatedSpecs(model)
  const addSpecs: AddInputs<Spec, S> = { params: model.specs, total, batch }
  const accumulate = await compile(
    backend,
    (inputs) => {
      const { params, total, batch } = inputs as unknown as AddInputs<Tensor, B>
      const { sum, weight } = model.lossTerms(params, batch)
      const { grads } = gradients(sum, trainable(model, params))
      const entries = Object.entries(grads).map(([name, g]) => [name, add(total.grads[name]!, g)])
      return {
        total: {
          grads: Object.fromEntries(entries) as Record<string, Tensor>,
          loss: add(total.loss, sum),
          weight: add(total.weight, weight),
        },
      }
    },
    { specs: addSpecs, donate: ["total"], name: `${model.config.system} accumulate` },
  )
  const applySpecs: ApplyInputs<Spec> = { ...stateSpecs(model), total }
  const apply = await compile(
    backend,
    ({ params, moments, total, learningRate, weightDecay }: ApplyInputs<Tensor>) => {
      const mean = Object.entries(total.grads).map(([name, g]) => [name, div(g, total.weight)])
      const { grads, norm } = clipByGlobalNorm(Object.fromEntries(mean), clipGrad)
      const how = { learningRate, weightDecay, betas, eps, decays, rateScale }
      const loss = div(total.loss, total.weight)
      const cleared = Object.entries(total.grads).map(([name, g]) => [name, zerosLike(g)])
      return {
        loss,
        gradNorm: norm,
        total: {
          grads: Object.fromEntries(cleared) as Record<string, Tensor>,
          loss: zerosLike(total.loss),
          weight: zerosLike(total.weight),
        },
        ...adamW({ params, grads, moments, ...how }),
      }
    },
    {
      specs: applySpecs,
      donate: ["params", "moments", "total"],
      name: `${model.config.system} apply`,
    },
  )
  return { accumulate, apply } as AccumulatedStep<S>
}
