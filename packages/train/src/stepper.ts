import { type Backend, type DeviceArray, disposeAll, type Spec } from "@tubelet/core"
import type { PretrainModel, TokenCounts } from "@tubelet/models"
import { type Accumulated, accumulatedSpecs, compileAccumulatedStep } from "./accumulated-step.js"
import type { HostBatch } from "./data/batch.js"
import { compilePretrainStep } from "./pretrain-step.js"
import { type TrainState, type Uploaded, zeros } from "./state.js"
import type { StepOptions } from "./step.js"

/** What changes from step to step. */
export interface Rates {
  readonly learningRate: number
  readonly weightDecay: number
}

/** A compiled step over one or several micro-batches. */
export interface Stepper {
  /** Enqueues a step; the state's handles hold its result. */
  run(
    state: TrainState,
    batches: readonly HostBatch[],
    rates: Rates,
  ): { loss: DeviceArray; gradNorm: DeviceArray }
  dispose(): Promise<void>
}

export interface StepperOptions extends StepOptions {
  readonly batch: number
  readonly accumulate: number
  readonly counts: TokenCounts
  readonly onProgress?: (done: number) => void
}

/** Compiles the step that pre-training repeats. */
export async function compileStepper(
  backend: Backend,
  model: PretrainModel,
  { accumulate, ...options }: StepperOptions,
): Promise<Stepper> {
  if (accumulate > 1) return accumulating(backend, model, options)
  const step = await compilePretrainStep(backend, model, options)
  return {
    run: (state, [batch], rates) => step.run({ ...state, batch: batch, ...rates }),
    dispose: () => step.dispose(),
  }
}

async function accumulating(
  backend: Backend,
  model: PretrainModel,
  { batch, counts, ...options }: Omit<StepperOptions, "accumulate">,
): Promise<Stepper> {
  const specs = model.batchSpecs(batch, counts)
  const { accumulate, apply } = await compileAccumulatedStep(backend, model, specs, options)
  let total: Uploaded<Accumulated<Spec>> | undefined
  return {
    run(state, batches, rates) {
      total ??= zeros(backend, accumulatedSpecs(model))
      for (const batch of batches) accumulate.run({ params: state.params, total, batch })
      return apply.run({ ...state, total, ...rates })
    },
    async dispose() {
      if (total) disposeAll(total)
      await Promise.all([accumulate.dispose(), apply.dispose()])
    },
  }
}
