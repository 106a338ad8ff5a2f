import { type Backend, type Spec, TubeletError } from "@tubelet/core"
import {
  type Batch,
  type PretrainModel,
  presetConfig,
  pretrainModel,
  type TokenCounts,
} from "@tubelet/models"
import { type HostBatch, maskedBatch } from "../data/batch.js"
import type { ClipData } from "../data/clips.js"
import { type MaskRules, requireHidden, tokenCounts } from "../data/masks.js"
import { requireRepeats } from "../data/repeats.js"
import type { FeatureProbe } from "../evaluate/feature-scores.js"
import { defaultMasks } from "../recipe/default-masks.js"
import type { RecipeOptions } from "../recipe/fields.js"
import { overPublished } from "../recipe/published/over.js"
import type { RecipeName } from "../recipe/published/pretrain.js"
import { decayRule, stepRates } from "../recipe/rates.js"
import { type Recipe, resolveRecipe } from "../recipe/recipe.js"
import type { StepResult } from "../run/loop.js"
import type { Task } from "../run/task.js"
import { type RunOptions, train } from "../run/train.js"
import { adamW } from "../step/adamw.js"
import { type StepOptions, type StepPlan, stepSettings } from "../step/plan.js"
import { type CompileStepOptions, compileTrainStep, type TrainStep } from "../step/step.js"

/** The batch that a pre-training step is compiled for. */
export interface PretrainShape {
  readonly batch: number
  readonly counts: TokenCounts
  readonly pixels?: "u8" | "f32"
}

/** The pre-training step: masks and pixels in. */
export const pretrainPlan = (
  model: PretrainModel,
  { batch, counts, pixels, ...step }: PretrainShape & StepOptions,
): StepPlan<Batch<Spec>> => ({
  ...{ name: "pretrain", model, step },
  batch: model.batchSpecs(batch, counts, pixels),
})

export type PretrainStep = TrainStep<Batch<Spec>>

/** Compiles a complete pre-training step: masks and pixels in, loss out, state updated in place. */
export const compilePretrainStep = (
  backend: Backend,
  model: PretrainModel,
  shape: PretrainShape & StepOptions,
  options?: CompileStepOptions,
): Promise<PretrainStep> => compileTrainStep(backend, pretrainPlan(model, shape), options)

/** Masked autoencoding as a task: draws masks for each clip and predicts the hidden tokens. */
export function pretrainTask(
  model: PretrainModel,
  rules: MaskRules,
  recipe: Recipe,
): Task<Batch<Spec>, HostBatch> {
  const { config, target } = model
  const { betas, seed } = recipe
  const batch = recipe.batch * recipe.repeats
  const counts = tokenCounts(model, rules)
  const named = ({ masking: { name }, ratio }: MaskRules["encoder"]) => ({ name, ratio })
  return {
    ...pretrainPlan(model, {
      ...{ batch, counts, optimizer: adamW({ betas, decays: decayRule(config.system) }) },
      ...stepSettings(recipe),
    }),
    rates: stepRates(config.system, recipe),
    assemble: (clips, step) => maskedBatch({ model, rules, counts, seed, step }, clips, batch),
    check: (batches) => requireHidden(rules, batches),
    identity: {
      ...{ model: config, target: target.name, masking: named(rules.encoder) },
      ...(rules.decoder && { decoderMasking: named(rules.decoder) }),
    },
  }
}

export interface PretrainOptions extends RecipeOptions, RunOptions {
  /** A published run, such as `videomae/k400-pretrain`; the other options override its settings. */
  readonly recipe?: RecipeName
  /** A model, or a preset's name. */
  readonly model: PretrainModel | string
  /** Clips, or in Node the path of a folder, file or list. */
  readonly data: ClipData | string
  /** Default: the authors' masks for the model family. */
  readonly masks?: MaskRules
  /** Scores the features during the run, without affecting it: see `StepResult.scores`. */
  readonly probe?: FeatureProbe
  /** If `data` is a path: see `fileClips`. */
  readonly stride?: number
  readonly workers?: number
  readonly allowMissing?: boolean
}

/**
 * Pre-trains a model and yields after each step. The same seed gives the same weights, regardless
 * of the number of workers and of interruptions.
 *
 * ```ts
 * for await (const { step, loss } of pretrain({ model: "videomaev2-s", data: "clips", backend })) {
 *   console.log(step, loss)
 * }
 * ```
 */
export async function* pretrain(given: PretrainOptions): AsyncGenerator<StepResult, void, void> {
  const options = await withRecipe(given)
  const model = modelOf(options)
  const data = await dataOf(options, model)
  const { dropPath } = model
  const recipe = resolveRecipe(model.config.system, data.length, { ...options, dropPath })
  const { masks = defaultMasks(model.config.system), onNotice } = options
  if (recipe.batch > data.length) {
    onNotice?.(
      `batch (${recipe.batch}) is larger than the data set (${data.length}): the rest of the ` +
        "batch is padding, so a smaller batch is faster",
    )
  }
  const { batch, accumulate, steps, seed } = recipe
  yield* train({
    ...{ ...options, ...{ data, batch, accumulate, steps, seed } },
    task: { ...pretrainTask(model, masks, recipe), ...(await probing(options, model)) },
    config: options.config ?? describe(options, model, recipe),
  })
}

/** What a task needs to score features; loaded only if it is to. */
async function probing({ probe }: PretrainOptions, model: PretrainModel) {
  if (!probe) return {}
  const { featureTask } = await import("../evaluate/feature-scores.js")
  return featureTask(model, probe)
}

/** The contents of config.json, under the command's names: enough to inspect the run later. */
const describe = (
  { stride }: PretrainOptions,
  { config, target }: PretrainModel,
  recipe: Recipe,
) => ({
  model: config,
  target: target.name,
  ...(stride !== undefined && { stride }),
  ...recipe,
})

/** Options that override those of the recipe they name. */
async function withRecipe({ recipe, ...options }: PretrainOptions): Promise<PretrainOptions> {
  if (recipe === undefined) return options
  const { model } = options
  const { system } = typeof model === "string" ? presetConfig(model) : model.config
  // Loaded only if a recipe is named.
  const { publishedRecipe } = await import("../recipe/published/pretrain.js")
  return overPublished(publishedRecipe(recipe, system), system, options)
}

function modelOf({ model, dropPath }: PretrainOptions): PretrainModel {
  if (typeof model === "string") {
    return pretrainModel(presetConfig(model), dropPath === undefined ? {} : { dropPath })
  }
  if (dropPath === undefined || dropPath === model.dropPath) return model
  throw new TubeletError(
    `the model has drop path ${model.dropPath}, but the recipe has ${dropPath}`,
    "pass the same `dropPath` to pretrainModel",
  )
}

async function dataOf(options: PretrainOptions, { config }: PretrainModel): Promise<ClipData> {
  const { data, seed, stride, repeats, workers, allowMissing, onNotice } = options
  if (typeof data !== "string") {
    requireRepeats(data, repeats ?? 1)
    return data
  }
  // Loaded only for a path, which needs Node.
  const { fileClips } = await import("../data/files.js")
  return fileClips({
    ...{ path: data, config },
    ...(seed !== undefined && { seed }),
    ...(stride !== undefined && { stride }),
    ...(repeats !== undefined && { repeats }),
    ...(workers !== undefined && { workers }),
    ...(allowMissing !== undefined && { allowMissing }),
    ...(onNotice && { onNotice }),
  })
}
