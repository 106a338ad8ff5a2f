import { TubeletError } from "@tubelet/core"
import type { ClassifierModel } from "@tubelet/models"
import type { ClipData } from "../data/clips.js"
import { requireRepeats } from "../data/repeats.js"
import { decaysVideo } from "../recipe/parameter-groups.js"
import type { ProbeRecipeOptions } from "../recipe/probe-fields.js"
import { type ProbeRecipe, resolveProbeRecipe } from "../recipe/recipe.js"
import type { StepResult } from "../run/loop.js"
import { type RunOptions, train } from "../run/train.js"
import { adamW } from "../step/adamw.js"
import { lars } from "../step/lars.js"
import { sgd } from "../step/sgd.js"
import {
  type LabelledTask,
  type LabelledTaskOptions,
  labelledTask,
  requireClassWeights,
} from "./labelled.js"

const optimizers = {
  lars: () => lars(),
  sgd: () => sgd({ decays: decaysVideo }),
  adamw: () => adamW({ betas: [0.9, 0.999], decays: decaysVideo }),
}

const unmixed = { mixup: 0, cutmix: 0 }

/** A classifier whose encoder does not change: only parameters named `head.*` are trained. */
export function frozenEncoder(model: ClassifierModel): ClassifierModel {
  const fixed = Object.keys(model.specs).filter((name) => !name.startsWith("head."))
  return { ...model, frozen: [...new Set([...model.frozen, ...fixed])] }
}

/** Probing as a task: the head learns, on features of a frozen encoder. */
export function probeTask(
  model: ClassifierModel,
  recipe: ProbeRecipe,
  { evaluation, classWeights }: LabelledTaskOptions = {},
): LabelledTask {
  requireClassWeights(classWeights, model)
  const { batch, repeats, clipGrad, ema, optimizer } = recipe
  const frozen = frozenEncoder(model)
  const plan = {
    ...{ name: "probe", model: frozen, batch: frozen.batchSpecs(batch * repeats, "f32") },
    step: {
      optimizer: optimizers[optimizer](),
      ...(clipGrad !== undefined && { clipGrad }),
      ...(ema !== undefined && { ema }),
    },
  }
  return labelledTask(frozen, { plan, recipe, mix: unmixed, evaluation, classWeights })
}

export interface ProbeOptions extends ProbeRecipeOptions, LabelledTaskOptions, RunOptions {
  /** A classifier without drops: see `head` in its config. */
  readonly model: ClassifierModel
  /** Normalised clips with labels. */
  readonly data: ClipData<"f32">
}

/**
 * Trains a head on a frozen encoder and yields after each step. `transferWeights` gives the initial
 * weights. Same seed, same weights, as with `pretrain`.
 */
export function probe(options: ProbeOptions): AsyncGenerator<StepResult, void, void> {
  const { model, data } = options
  const { system, classes } = model.config
  if (classes === 0) throw new TubeletError("the model has no head", "set classes in its config")
  const recipe = resolveProbeRecipe(system, data.length, options)
  const { batch, accumulate, steps, seed } = recipe
  requireRepeats(data, recipe.repeats)
  return train({
    ...{ ...options, ...{ batch, accumulate, steps, seed } },
    task: probeTask(model, recipe, options),
    config: options.config ?? { model: model.config, ...recipe },
  })
}
