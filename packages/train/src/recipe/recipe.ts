import type { System } from "@tubelet/models"
import { checkOptions, defaultOf, type Settled, withDefaults } from "./field.js"
import { pretrainFields, type RecipeOptions, warmupShare } from "./fields.js"
import { scaledRate } from "./schedule.js"

/** Every hyperparameter of a run, resolved. */
export interface Recipe extends Settled<typeof pretrainFields> {
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
  /** The peak rate for a batch size of 256, if `learningRate` was scaled from it. */
  readonly baseLearningRate?: number
}

/**
 * Resolves every hyperparameter of a run over `clips` clips.
 *
 * @throws TubeletError for an option out of bounds, and for two that set the same thing.
 */
export function resolveRecipe(system: System, clips: number, options: RecipeOptions): Recipe {
  checkOptions(pretrainFields, options)
  const settled = withDefaults(pretrainFields, system, options)
  const effectiveBatchSize = settled.batch * settled.accumulate
  const stepsPerEpoch = Math.ceil(clips / effectiveBatchSize)
  return {
    ...settled,
    ...{ effectiveBatchSize, clipsPerStep: effectiveBatchSize * settled.repeats, stepsPerEpoch },
    ...lengthOf(system, stepsPerEpoch, options),
    ...ratesOf(system, effectiveBatchSize, options),
  }
}

function lengthOf(system: System, stepsPerEpoch: number, options: RecipeOptions) {
  if (options.steps !== undefined) {
    const { steps, warmup = warmupShare[system] * steps } = options
    return { steps, epochs: steps / stepsPerEpoch, warmup: warmupSteps(warmup, steps) }
  }
  const { epochs = defaultOf(pretrainFields.epochs, system) } = options
  const { warmup = warmupShare[system] * epochs } = options
  const steps = Math.ceil(epochs * stepsPerEpoch)
  return { steps, epochs, warmup: warmupSteps(warmup * stepsPerEpoch, steps) }
}

/** Truncated to whole steps, not rounded, as in the authors' code. */
const warmupSteps = (warmup: number, steps: number) => Math.min(steps, Math.trunc(warmup))

function ratesOf(system: System, batchSize: number, options: RecipeOptions) {
  const { learningRate, minLearningRate } = options
  if (learningRate !== undefined) return { learningRate, minLearningRate: minLearningRate ?? 0 }
  const { baseLearningRate = defaultOf(pretrainFields.baseLearningRate, system) } = options
  return {
    baseLearningRate,
    learningRate: scaledRate(baseLearningRate, batchSize),
    minLearningRate: scaledRate(
      minLearningRate ?? defaultOf(pretrainFields.minLearningRate, system),
      batchSize,
    ),
  }
}
