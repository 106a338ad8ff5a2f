import { type Backend, type Spec, TubeletError } from "@tubelet/core"
import type { ClassifierModel, LabelledBatch } from "@tubelet/models"
import type { ClipData } from "../data/clips.js"
import { checkOptions, type OptionsOf } from "../recipe/field.js"
import { type FinetuneRecipeOptions, finetuneFields } from "../recipe/finetune-fields.js"
import { withFrozen } from "../recipe/freeze.js"
import { decaysVideo, layerLrScale } from "../recipe/parameter-groups.js"
import { type FinetuneRecipe, resolveFinetuneRecipe } from "../recipe/recipe.js"
import type { StepResult } from "../run/loop.js"
import type { RunOptions } from "../run/train.js"
import { type AdamWOptions, adamW } from "../step/adamw.js"
import { type StepOptions, type StepPlan, stepSettings } from "../step/plan.js"
import { type CompileStepOptions, compileTrainStep, type TrainStep } from "../step/step.js"
import {
  type LabelledTask,
  type LabelledTaskOptions,
  labelledTask,
  requireClassWeights,
  trainLabelled,
} from "./labelled.js"

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
  { layerDecay = 1, ...options }: AdamWOptions & LayerDecay = {},
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

/** Fine-tuning as a task. */
export function finetuneTask(
  whole: ClassifierModel,
  recipe: FinetuneRecipe,
  { evaluation, classWeights }: LabelledTaskOptions = {},
): LabelledTask {
  requireClassWeights(classWeights, whole)
  const { betas, layerDecay, freeze } = recipe
  const model = withFrozen(whole, freeze)
  const { mixup, cutmix, mixupProbability: probability } = recipe
  const mix = { mixup, cutmix, probability, switchProbability: recipe.mixupSwitch }
  const plan = finetunePlan(model, {
    ...{ batch: recipe.batch * recipe.repeats, pixels: "f32" },
    optimizer: finetuneAdamW(model, { betas, layerDecay }),
    ...stepSettings(recipe),
  })
  const task = labelledTask(model, { plan, recipe, mix, evaluation, classWeights })
  const frozen = freeze === undefined ? {} : { freeze }
  return { ...task, identity: { ...task.identity, layerDecay, mix, ...frozen } }
}

/** Options of the recipe that belong to the model. */
export type OfModel = "dropPath" | "headDropout" | "weightInit" | "initScale"

/** Dropout rates and new weights are the model's. */
export interface FinetuneOptions
  extends Omit<FinetuneRecipeOptions, OfModel>,
    LabelledTaskOptions,
    RunOptions {
  readonly model: ClassifierModel
  /** Normalised clips with labels. */
  readonly data: ClipData<"f32">
}

/**
 * Fine-tunes a classifier on labelled clips and yields after each step. `transferWeights` gives the
 * initial weights from a pre-trained encoder. The same seed gives the same weights, as in
 * `pretrain`.
 */
export function finetune(options: FinetuneOptions): AsyncGenerator<StepResult, void, void> {
  const { model, data } = options
  const { dropPath, headDropout } = model.drops
  const { system } = model.config
  const recipe = resolveFinetuneRecipe(system, data.length, { ...options, dropPath, headDropout })
  return trainLabelled(options, recipe, () => finetuneTask(model, recipe, options))
}
