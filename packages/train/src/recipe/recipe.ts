import type { HeadKind, System } from "@tubelet/models"
import { type DistillRecipeOptions, distillFields } from "./distill-fields.js"
import {
  type BySystem,
  checkOptions,
  defaultOf,
  type Field,
  type Fields,
  type OptionsOf,
  type Settled,
  withDefaults,
} from "./field.js"
import { pretrainFields, type RecipeOptions } from "./fields.js"
import { type FinetuneRecipeOptions, finetuneFields } from "./finetune-fields.js"
import { attentiveProbeFields, type ProbeRecipeOptions, probeFields } from "./probe-fields.js"
import { scaledRate } from "./schedule.js"

/** The length and the learning rates of a run, resolved. */
export interface Resolved {
  /** batch * accumulate: the basis of the learning rate and of epochs. */
  readonly effectiveBatchSize: number
  /** effectiveBatchSize * repeats: the samples of a step. */
  readonly clipsPerStep: number
  readonly steps: number
  readonly epochs: number
  /** The last step of an epoch may have fewer clips. */
  readonly stepsPerEpoch: number
  /** In steps. */
  readonly warmup: number
  /** The peak rate. */
  readonly learningRate: number
  readonly minLearningRate: number
  /** The peak rate for a batch size of 256, if `learningRate` was scaled from it. */
  readonly baseLearningRate?: number
}

/** Every hyperparameter of a pre-training run, resolved. */
export type Recipe = Settled<typeof pretrainFields> & Resolved

type WithDefault<T> = Field<T> & { readonly default: T | BySystem<T> }

/** The rows that length and rates follow from. */
interface RunFields extends Fields {
  readonly batch: WithDefault<number>
  readonly accumulate: WithDefault<number>
  readonly repeats: WithDefault<number>
  readonly steps: Field<number>
  readonly epochs: WithDefault<number>
  readonly warmup: Field<number> & { readonly share: BySystem<number> }
  readonly learningRate: Field<number>
  readonly baseLearningRate: WithDefault<number>
  readonly minLearningRate: WithDefault<number>
}

/**
 * Resolves every hyperparameter of a pre-training run over `clips` clips.
 *
 * @throws TubeletError for an option out of bounds, and for two that set the same thing.
 */
export const resolveRecipe = (system: System, clips: number, options: RecipeOptions): Recipe =>
  resolved(pretrainFields, { system, clips }, options)

/** Every hyperparameter of a fine-tuning run, resolved. */
export type FinetuneRecipe = Settled<typeof finetuneFields> & Resolved

/** Resolves every hyperparameter of a fine-tuning run. Throws as `resolveRecipe`. */
export const resolveFinetuneRecipe = (
  system: System,
  clips: number,
  options: FinetuneRecipeOptions,
): FinetuneRecipe => resolved(finetuneFields, { system, clips }, options)

/** Every hyperparameter of a probe, resolved. */
export type ProbeRecipe = Settled<typeof probeFields> & Resolved

/** Resolves every hyperparameter of a probe with this head. Throws as `resolveRecipe`. */
export const resolveProbeRecipe = (
  system: System,
  clips: number,
  options: ProbeRecipeOptions,
  head?: HeadKind,
): ProbeRecipe =>
  head === "attentive"
    ? resolved(attentiveProbeFields, { system, clips }, options)
    : resolved(probeFields, { system, clips }, options)

/** Every hyperparameter of distillation, resolved. */
export type DistillRecipe = Settled<typeof distillFields> & Resolved

/** Resolves every hyperparameter of distillation. Throws as `resolveRecipe`. */
export const resolveDistillRecipe = (
  system: System,
  clips: number,
  options: DistillRecipeOptions,
): DistillRecipe => resolved(distillFields, { system, clips }, options)

/** Resolves the hyperparameters of any task over `clips` clips. Throws as `resolveRecipe`. */
export function resolved<F extends RunFields>(
  fields: F,
  { system, clips }: { readonly system: System; readonly clips: number },
  options: OptionsOf<F>,
): Settled<F> & Resolved {
  checkOptions(fields, options)
  const settled = withDefaults(fields, system, options)
  const { batch, accumulate, repeats } = settled as Settled<RunFields>
  const effectiveBatchSize = batch * accumulate
  const stepsPerEpoch = Math.ceil(clips / effectiveBatchSize)
  return {
    ...settled,
    ...{ effectiveBatchSize, clipsPerStep: effectiveBatchSize * repeats, stepsPerEpoch },
    ...lengthOf(fields, { system, stepsPerEpoch }, options),
    ...ratesOf(fields, { system, batchSize: effectiveBatchSize }, options),
  }
}

function lengthOf(
  { epochs: row, warmup: { share } }: RunFields,
  { system, stepsPerEpoch }: { readonly system: System; readonly stepsPerEpoch: number },
  options: OptionsOf<RunFields>,
) {
  if (options.steps !== undefined) {
    const { steps, warmup = share[system] * steps } = options
    return { steps, epochs: steps / stepsPerEpoch, warmup: warmupSteps(warmup, steps) }
  }
  const { epochs = defaultOf(row, system) } = options
  const { warmup = share[system] * epochs } = options
  const steps = Math.ceil(epochs * stepsPerEpoch)
  return { steps, epochs, warmup: warmupSteps(warmup * stepsPerEpoch, steps) }
}

/** Truncated to whole steps, not rounded, as in the authors' code. */
const warmupSteps = (warmup: number, steps: number) => Math.min(steps, Math.trunc(warmup))

function ratesOf(
  fields: RunFields,
  { system, batchSize }: { readonly system: System; readonly batchSize: number },
  options: OptionsOf<RunFields>,
) {
  const { learningRate, minLearningRate } = options
  if (learningRate !== undefined) return { learningRate, minLearningRate: minLearningRate ?? 0 }
  const { baseLearningRate = defaultOf(fields.baseLearningRate, system) } = options
  const final = minLearningRate ?? defaultOf(fields.minLearningRate, system)
  return {
    baseLearningRate,
    learningRate: scaledRate(baseLearningRate, batchSize),
    minLearningRate: system === "mae" ? final : scaledRate(final, batchSize),
  }
}
