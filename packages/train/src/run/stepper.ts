import { type Backend, type DeviceArray, disposeAll, type Spec, type Values } from "@tubelet/core"
import { compileAccumulatedStep, type Sums, sumSpecs } from "../step/accumulate.js"
import type { Rates, StepPlan } from "../step/plan.js"
import { compileTrainStep } from "../step/step.js"
import type { TrainState } from "./state.js"
import { type Uploaded, zeros } from "./upload.js"

/** A compiled step over one or several micro-batches of the specs `S`. */
export interface Stepper<S> {
  /** Enqueues a step; the state's handles hold its result. */
  run(
    state: TrainState,
    batches: readonly Values<S>[],
    rates: Rates,
  ): { readonly loss: DeviceArray; readonly gradNorm: DeviceArray }
  dispose(): Promise<void>
}

export interface StepperOptions {
  /** Micro-batches of one step. Default: 1. */
  readonly accumulate?: number
  readonly onProgress?: ((done: number) => void) | undefined
}

/** Compiles the step that a run repeats. */
export async function compileStepper<S>(
  backend: Backend,
  plan: StepPlan<S>,
  { accumulate = 1, onProgress }: StepperOptions = {},
): Promise<Stepper<S>> {
  const options = onProgress ? { onProgress } : {}
  if (accumulate > 1) return accumulating(backend, plan, options)
  const step = await compileTrainStep(backend, plan, options)
  return {
    run: (state, [batch], rates) => step.run({ ...state, batch, ...rates }),
    dispose: () => step.dispose(),
  }
}

async function accumulating<S>(
  backend: Backend,
  plan: StepPlan<S>,
  options: { readonly onProgress?: (done: number) => void },
): Promise<Stepper<S>> {
  const { accumulate, apply } = await compileAccumulatedStep(backend, plan, options)
  let sums: Uploaded<Sums<Spec>> | undefined
  return {
    run(state, batches, rates) {
      sums ??= zeros(backend, sumSpecs(plan.model))
      for (const batch of batches) accumulate.run({ params: state.params, sums, batch })
      return apply.run({ ...state, sums, ...rates })
    },
    async dispose() {
      if (sums) disposeAll(sums)
      await Promise.all([accumulate.dispose(), apply.dispose()])
    },
  }
}
