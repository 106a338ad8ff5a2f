import type { Backend, Spec } from "@tubelet/core"
import type { ClassifierModel, LabelledBatch } from "@tubelet/models"
import { decaysVideo, layerLrScale } from "../parameter-groups.js"
import { type AdamWOptions, adamW } from "../step/adamw.js"
import type { StepOptions, StepPlan } from "../step/plan.js"
import { type CompileStepOptions, compileTrainStep, type TrainStep } from "../step/step.js"

export type FinetuneStep = TrainStep<LabelledBatch<Spec>>

/** What one compiled fine-tuning step is made for, and how it differs from pre-training. */
export interface FinetuneShape {
  readonly batch: number
  readonly pixels?: "u8" | "f32"
  /** Learning rate of each layer as a multiple of the next one's. Default: 1, all alike. */
  readonly layerDecay?: number
}

/** AdamW as the authors fine-tune: betas 0.9 and 0.999, vectors and tokens are not decayed. */
export const finetuneAdamW = (
  model: ClassifierModel,
  { layerDecay = 1, ...options }: AdamWOptions & { readonly layerDecay?: number } = {},
) =>
  adamW({
    betas: [0.9, 0.999],
    decays: decaysVideo,
    lrScale: layerLrScale(layerDecay, model.config.encoder.depth),
    ...options,
  })

/** The step of fine-tuning: clips, soft labels and random drops in. */
export const finetunePlan = (
  model: ClassifierModel,
  { batch, pixels, layerDecay = 1, ...step }: FinetuneShape & StepOptions,
): StepPlan<LabelledBatch<Spec>> => ({
  ...{ name: "finetune", model },
  batch: model.batchSpecs(batch, pixels),
  step: { optimizer: finetuneAdamW(model, { layerDecay }), ...step },
})

/**
 * Compiles a whole fine-tuning step: clips, soft labels and random drops in, loss out, the state
 * updated in place. The optimizer is `finetuneAdamW` where none is given.
 */
export const compileFinetuneStep = (
  backend: Backend,
  model: ClassifierModel,
  shape: FinetuneShape & StepOptions,
  options?: CompileStepOptions,
): Promise<FinetuneStep> => compileTrainStep(backend, finetunePlan(model, shape), options)
