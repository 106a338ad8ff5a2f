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
  type Tensor,
} from "@tubelet/core"
import { mapNamed, type Named } from "./named.js"
import {
  rateSpecs,
  type StateSpecs,
  type StepPlan,
  type StepResults,
  stateSpecs,
  trainable,
} from "./plan.js"
import { compilePart, type StepPart, updated } from "./step.js"
import { type Sums, sumSpecs } from "./sums.js"

interface AddSpecs<S> {
  readonly params: Named<Spec>
  readonly sums: Sums<Spec>
  readonly batch: S
}

interface AddResults {
  readonly sums: Sums<Tensor>
  /** Buffers after the batch, if the model has any. */
  readonly params?: Named<Tensor>
}

interface ApplySpecs extends StateSpecs {
  readonly sums: Sums<Spec>
  readonly learningRate: Spec
  readonly weightDecay: Spec
}

interface ApplyResults extends StepResults {
  readonly sums: Sums<Tensor>
}

/** The two parts of a step over several micro-batches. */
export interface AccumulatedStep<S> {
  readonly accumulate: Compiled<AddSpecs<S>, AddResults>
  readonly apply: Compiled<ApplySpecs, ApplyResults>
}

/** Adds a micro-batch's loss terms and their gradients to the sums. */
export const accumulatePart = <S>({
  name,
  model,
  batch,
}: StepPlan<S>): StepPart<AddSpecs<S>, AddResults> => ({
  trace({ params, sums, batch }) {
    const { sum, weight, buffers } = model.lossTerms(params, batch)
    const { grads } = gradients(sum, trainable(model, params))
    return {
      sums: {
        grads: mapNamed(grads, (g, name) => add(sums.grads[name], g)),
        loss: add(sums.loss, sum),
        weight: add(sums.weight, weight),
      },
      ...(buffers && { params: buffers }),
    }
  },
  specs: { params: model.specs, sums: sumSpecs(model), batch },
  donate: ["sums", ...(model.buffers?.length ? ["params"] : [])],
  name: `${model.config.system} ${name} accumulate`,
})

/** Divides the sums by the weight, updates the state and clears the sums. */
export function applyPart<S>({
  name,
  model,
  step,
}: StepPlan<S>): StepPart<ApplySpecs, ApplyResults> {
  const specs = { ...stateSpecs(model, step), sums: sumSpecs(model) }
  return {
    trace({ sums, ...state }) {
      const mean = {
        loss: div(sums.loss, sums.weight),
        grads: mapNamed(sums.grads, (g) => div(g, sums.weight)),
      }
      return { ...updated(state, mean, step), sums: cleared(sums) }
    },
    specs: { ...specs, ...rateSpecs },
    donate: Object.keys(specs),
    name: `${model.config.system} ${name} apply`,
  }
}

const cleared = ({ grads, loss, weight }: Sums<Tensor>): Sums<Tensor> => ({
  grads: mapNamed(grads, zerosLike),
  loss: zerosLike(loss),
  weight: zerosLike(weight),
})

const zerosLike = (t: Tensor): Tensor => broadcast(constant(0), t.shape)

/** Fraction of the compilation's progress that `accumulate` takes. */
const largePart = 0.9

/**
 * A training step in two parts, for several micro-batches: `accumulate` sums loss terms and their
 * gradients, `apply` divides by the summed weight and updates. So it equals one large batch, even
 * if the micro-batches' weights differ.
 */
export async function compileAccumulatedStep<S>(
  backend: Backend,
  plan: StepPlan<S>,
  { onProgress }: Pick<CompileOptions, "onProgress"> = {},
): Promise<AccumulatedStep<S>> {
  const progress = (from: number, to: number): CompileOptions =>
    onProgress ? { onProgress: (done) => onProgress(from + (to - from) * done) } : {}
  const accumulate = await compilePart(backend, accumulatePart(plan), progress(0, largePart))
  try {
    const apply = await compilePart(backend, applyPart(plan), progress(largePart, 1))
    return { accumulate, apply }
  } catch (error) {
    await accumulate.dispose()
    throw error
  }
}
