import type { Backend, Spec } from "@tubelet/core"
import type { ClassifierModel, LabelledBatch } from "@tubelet/models"
import { decaysVideo, layerRateScale } from "./parameter-groups.js"
import { type CompileStepOptions, compileTrainStep, type TrainStep } from "./step.js"

export type FinetuneStep = TrainStep<LabelledBatch<Spec>>

/** What one compiled fine-tuning step is made for, and how it differs from pre-training. */
export interface FinetuneShape {
  readonly batch: number
  readonly pixels?: "u8" | "f32"
  /** Learning rate of each layer as a multiple of the next one's. Default: 1, all alike. */
  readonly layerDecay?: number
}

/**
 * Compiles a whole fine-tuning step: clips, soft labels and random drops in, loss out, weights and
 * moments updated in place. Biases, vectors, tokens and position tables are not decayed; AdamW's
 * betas are 0.9 and 0.999, as the authors fine-tune.
 */
export const compileFinetuneStep = (
  backend: Backend,
  model: ClassifierModel,
  { batch, pixels, layerDecay = 1, ...options }: FinetuneShape & CompileStepOptions,
): Promise<FinetuneStep> =>
  compileTrainStep(backend, model, model.batchSpecs(batch, pixels), {
    betas: [0.9, 0.999],
    decays: decaysVideo,
    rateScale: layerRateScale(layerDecay, model.config.encoder.depth),
    name: `${model.config.system} fine-tuning step`,
    ...options,
  })
