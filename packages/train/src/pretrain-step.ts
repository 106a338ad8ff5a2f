import type { Backend, Spec } from "@tubelet/core"
import type { Batch, PretrainModel, TokenCounts } from "@tubelet/models"
import { type CompileStepOptions, compileTrainStep, type TrainStep } from "./step.js"

export type PretrainStep = TrainStep<Batch<Spec>>

/** What one compiled pre-training step is made for. */
export interface PretrainShape {
  readonly batch: number
  readonly counts: TokenCounts
  readonly pixels?: "u8" | "f32"
}

/**
 * Compiles a whole pre-training step: masks and pixels in, loss out, weights and moments updated
 * in place. `exposeGrads` also returns the gradients (before clipping).
 */
export const compilePretrainStep = (
  backend: Backend,
  model: PretrainModel,
  { batch, counts, pixels, ...options }: PretrainShape & CompileStepOptions,
): Promise<PretrainStep> =>
  compileTrainStep(backend, model, model.batchSpecs(batch, counts, pixels), options)
