import type { Backend, DeviceArray, Values } from "@tubelet/core"
import type { Rates, StepPlan } from "../step/plan.js"
import { compileTrainStep } from "../step/step.js"
import type { TrainState } from "./state.js"

/** A compiled step over one or more micro-batches with specs `S`. */
export interface Stepper<S> {
  /** Enqueues a step, which updates the state in place. */
  run(
    state: TrainState,
    batches: readonly Values<S>[],
    rates: Rates,
  ): { readonly loss: DeviceArray; readonly gradNorm: DeviceArray }
  dispose(): Promise<void>
}

export interface StepperOptions {
  /** Micro-batches per step. Default: 1. */
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
  if (accumulate > 1) {
    // Loaded only if needed, to keep pages small.
    const { accumulatingStepper } = await import("./accumulating.js")
    return accumulatingStepper(backend, plan, options)
  }
  const step = await compileTrainStep(backend, plan, options)
  return {
    run: (state, [batch], rates) => step.run({ ...state, batch, ...rates }),
    dispose: () => step.dispose(),
  }
}
