import {
  add,
  type Backend,
  broadcast,
  type Compiled,
  type CompileOptions,
  compile,
  constant,
  div,
  gradients,
  type Shape,
  type Spec,
  spec,
  type Tensor,
} from "@tubelet/core"
import type { Batch, PretrainModel, TokenCounts } from "@tubelet/models"
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
}

/** The trainable part of a model's parameters. */
export const trainable = <T>(model: PretrainModel, params: Weights<T>): Record<string, T> =>
  Object.fromEntries(Object.entries(params).filter(([name]) => !model.frozen.includes(name)))

interface StepInputs<T> {
  readonly params: Weights<T>
  readonly moments: Moments<T>
  readonly batch: Batch<T>
  readonly learningRate: T
  readonly weightDecay: T
}

interface StepResults<T> {
  readonly loss: T
  readonly gradNorm: T
  readonly grads?: Weights<T>
  readonly params: Weights<T>
  readonly moments: Moments<T>
}

export type PretrainStep = Compiled<StepInputs<Spec>, StepResults<Tensor>>

/**
 * Compiles a whole pre-training step: masks and pixels in, loss out, weights and moments updated
 * in place. `exposeGrads` also returns the gradients (before clipping).
 */
export function compilePretrainStep(
  backend: Backend,
  model: PretrainModel,
  {
    batch,
    counts,
    pixels = "u8",
    exposeGrads = false,
    clipGrad,
    betas,
    eps,
    decays,
    ...options
  }: StepOptions &
    CompileOptions & {
      batch: number
      counts: TokenCounts
      pixels?: "u8" | "f32"
      exposeGrads?: boolean
    },
): Promise<PretrainStep> {
  const specs: StepInputs<Spec> = {
    params: model.specs,
    moments: momentSpecs(trainable(model, model.specs)),
    batch: model.batchSpecs(batch, counts, pixels),
    learningRate: spec("f32"),
    weightDecay: spec("f32"),
  }
  return compile(
    backend,
    ({ params, moments, batch, learningRate, weightDecay }: StepInputs<Tensor>) => {
      const loss = model.loss(params, batch)
      const { grads } = gradients(loss, trainable(model, params))
      const { grads: clipped, norm } = clipByGlobalNorm(grads, clipGrad)
      const rates = { learningRate, weightDecay, betas, eps, decays }
      const updated = adamW({ params, grads: clipped, moments, ...rates })
      return { loss, gradNorm: norm, ...(exposeGrads && { grads }), ...updated }
    },
    { specs, donate: ["params", "moments"], name: `${model.config.system} step`, ...options },
  )
}

/** Sums of gradients and of loss weights over several micro-batches, on the device. */
export interface Accumulated<T> {
  readonly grads: Weights<T>
  readonly loss: T
  readonly weight: T
}

export const accumulatedSpecs = (model: PretrainModel): Accumulated<Spec> => ({
  grads: trainable(model, model.specs),
  loss: spec("f32"),
  weight: spec("f32"),
})

const zerosLike = (t: Tensor): Tensor => broadcast(constant(0), t.shape)

/**
 * The same step in two parts, for `accumulate` micro-batches: `add` sums loss terms and their
 * gradients, `apply` divides by the summed weight and updates. So it equals one large batch, even
 * where the micro-batches' weights differ.
 */
export async function compileAccumulatedStep(
  backend: Backend,
  model: PretrainModel,
  {
    batch,
    counts,
    clipGrad,
    betas,
    eps,
    decays,
  }: StepOptions & { batch: number; counts: TokenCounts },
) {
  const total = accumulatedSpecs(model)
  const accumulate = await compile(
    backend,
    ({
      params,
      total,
      batch,
    }: {
      params: Weights<Tensor>
      total: Accumulated<Tensor>
      batch: Batch
    }) => {
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
    {
      specs: { params: model.specs, total, batch: model.batchSpecs(batch, counts) },
      donate: ["total"],
      name: `${model.config.system} accumulate`,
    },
  )
  const apply = await compile(
    backend,
    ({
      params,
      moments,
      total,
      learningRate,
      weightDecay,
    }: Omit<StepInputs<Tensor>, "batch"> & { total: Accumulated<Tensor> }) => {
      const mean = Object.entries(total.grads).map(([name, g]) => [name, div(g, total.weight)])
      const { grads, norm } = clipByGlobalNorm(Object.fromEntries(mean), clipGrad)
      const rates = { learningRate, weightDecay, betas, eps, decays }
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
        ...adamW({ params, grads, moments, ...rates }),
      }
    },
    {
      specs: {
        params: model.specs,
        moments: momentSpecs(trainable(model, model.specs)),
        total,
        learningRate: spec("f32"),
        weightDecay: spec("f32"),
      },
      donate: ["params", "moments", "total"],
      name: `${model.config.system} apply`,
    },
  )
  return { accumulate, apply }
}
