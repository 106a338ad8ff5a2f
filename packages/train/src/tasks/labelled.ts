import { type Spec, TubeletError } from "@tubelet/core"
import type { ClassifierModel, LabelledBatch } from "@tubelet/models"
import type { TestClip } from "@tubelet/video"
import type { ClipData } from "../data/clips.js"
import { type LabelledArrays, labelledBatch } from "../data/labelled.js"
import type { MixOptions } from "../data/mix.js"
import { requireRepeats } from "../data/repeats.js"
import { score } from "../evaluate/score.js"
import { stepRates } from "../recipe/rates.js"
import type { Resolved } from "../recipe/recipe.js"
import type { StepResult } from "../run/loop.js"
import type { Task } from "../run/task.js"
import { type RunOptions, train } from "../run/train.js"
import type { StepPlan } from "../step/plan.js"

/** The validation clips, read again each time: `testClips` of `@tubelet/video`, with one view. */
export type Evaluation = () => AsyncIterable<TestClip>

/** A task that learns from labelled clips. */
export type LabelledTask = Task<LabelledBatch<Spec>, LabelledArrays, "f32">

export interface LabelledTaskOptions {
  /** Clips with labels, scored after each checkpoint: see `StepResult.scores`. */
  readonly evaluation?: Evaluation
  /**
   * The weight of each class in the loss. A clip's weight is the mean of its classes' weights; for
   * labels that are neither mixed nor smoothed, this is PyTorch's CrossEntropyLoss. Default: all 1.
   */
  readonly classWeights?: readonly number[]
}

interface Learning {
  /** The step, for batches of the recipe's size. */
  readonly plan: StepPlan<LabelledBatch<Spec>>
  readonly recipe: Resolved & {
    readonly batch: number
    readonly repeats: number
    readonly weightDecay: number
    readonly weightDecayEnd?: number
    readonly smoothing: number
    readonly seed: number
  }
  readonly mix: MixOptions
  readonly classWeights?: readonly number[] | undefined
  readonly evaluation: Evaluation | undefined
}

/**
 * Soft labels in, and accuracy on `evaluation` after each checkpoint. If there is a moving average
 * of the weights, it is scored instead.
 */
export function labelledTask(
  model: ClassifierModel,
  { plan, recipe, mix, classWeights, evaluation }: Learning,
): LabelledTask {
  const { config } = model
  const { smoothing, seed, batch, repeats } = recipe
  return {
    ...plan,
    rates: stepRates(config.system, recipe),
    assemble: (clips) =>
      labelledBatch({ model, smoothing, mix, seed, classWeights }, clips, batch * repeats),
    identity: { model: config, smoothing, ...(classWeights && { classWeights }) },
    ...(evaluation && {
      metric: "top1",
      evaluate({ params, ema = {} }, backend, signal) {
        const weights = { ...params, ...ema }
        return score({ backend, model, weights, clips: evaluation(), signal })
      },
    }),
  }
}

interface LabelledRun extends RunOptions {
  readonly model: ClassifierModel
  readonly data: ClipData<"f32">
}

/** Runs a task with a recipe. */
export function trainLabelled(
  options: LabelledRun,
  recipe: Omit<Learning["recipe"], "smoothing"> & { readonly accumulate: number },
  task: () => LabelledTask,
): AsyncGenerator<StepResult, void, void> {
  const { model, data } = options
  const { batch, accumulate, steps, seed } = recipe
  requireRepeats(data, recipe.repeats)
  return train({
    ...{ ...options, ...{ batch, accumulate, steps, seed } },
    task: task(),
    config: options.config ?? { model: model.config, ...recipe },
  })
}

/** @throws TubeletError unless there is a weight for each class, and one of them above 0. */
export function requireClassWeights(
  weights: readonly number[] | undefined,
  { config }: ClassifierModel,
) {
  if (!weights) return
  if (weights.length !== config.classes) {
    throw new TubeletError(
      `classWeights has ${weights.length} weights, but the model has ${config.classes} classes`,
      "pass a weight for each class",
    )
  }
  const wrong = weights.findIndex((weight) => !(weight >= 0 && Number.isFinite(weight)))
  if (wrong >= 0 || !weights.some((weight) => weight > 0)) {
    throw new TubeletError(
      wrong >= 0 ? `classWeights[${wrong}] is ${weights[wrong]}` : "all classWeights are 0",
      "pass weights of at least 0, and one above 0",
    )
  }
}
