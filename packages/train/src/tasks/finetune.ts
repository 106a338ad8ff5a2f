import { type Backend, type Spec, TubeletError } from "@tubelet/core"
import type { ClassifierModel, LabelledBatch } from "@tubelet/models"
import { checkOptions, type OptionsOf } from "../recipe/field.js"
import { finetuneFields } from "../recipe/fields.js"
import { decaysVideo, layerLrScale } from "../recipe/parameter-groups.js"
import { type AdamWOptions, adamW } from "../step/adamw.js"
import type { StepOptions, StepPlan } from "../step/plan.js"
import { type CompileStepOptions, compileTrainStep, type TrainStep } from "../step/step.js"

export type FinetuneStep = TrainStep<LabelledBatch<Spec>>

/** The batch that a fine-tuning step is compiled for, and its layer decay. */
export interface FinetuneShape extends LayerDecay {
  readonly batch: number
  readonly pixels?: "u8" | "f32"
}

type LayerDecay = Pick<OptionsOf<typeof finetuneFields>, "layerDecay">

/** AdamW as in the authors' fine-tuning: betas 0.9, 0.999; vectors and tokens are not decayed. */
export const finetuneAdamW = (
  model: ClassifierModel,
  { layerDecay = finetuneFields.layerDecay.default, ...options }: AdamWOptions & LayerDecay = {},
) => {
  checkOptions(finetuneFields, { layerDecay, ...options })
  return adamW({
    betas: finetuneFields.betas.default,
    decays: decaysVideo,
    lrScale: layerLrScale(layerDecay, model.config.encoder.depth),
    ...options,
  })
}

/** The fine-tuning step: clips, soft labels and random drops in. */
export function finetunePlan(
  model: ClassifierModel,
  { batch, pixels, layerDecay, ...step }: FinetuneShape & StepOptions,
): StepPlan<LabelledBatch<Spec>> {
  if (step.optimizer && layerDecay !== undefined) {
    throw new TubeletError(
      "both optimizer and layerDecay are set",
      "pass layerDecay to the optimizer: finetuneAdamW(model, { layerDecay })",
    )
  }
  const optimizer = finetuneAdamW(model, layerDecay === undefined ? {} : { layerDecay })
  return {
    ...{ name: "finetune", model },
    batch: model.batchSpecs(batch, pixels),
    step: { optimizer, ...step },
  }
}

/**
 * Compiles a complete fine-tuning step: clips, soft labels and random drops in, loss out, the state
 * updated in place. The default optimizer is `finetuneAdamW`.
 */
export const compileFinetuneStep = (
  backend: Backend,
  model: ClassifierModel,
  shape: FinetuneShape & StepOptions,
  options?: CompileStepOptions,
): Promise<FinetuneStep> => compileTrainStep(backend, finetunePlan(model, shape), options)
