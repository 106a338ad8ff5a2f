import { TubeletError } from "@tubelet/core"
import type { ClassifierModel } from "@tubelet/models"
import type { ClipData } from "../data/clips.js"
import { fixing } from "../recipe/freeze.js"
import { decaysVideo } from "../recipe/parameter-groups.js"
import type { ProbeRecipeOptions } from "../recipe/probe-fields.js"
import { type ProbeRecipe, resolveProbeRecipe } from "../recipe/recipe.js"
import type { StepResult } from "../run/loop.js"
import type { RunOptions } from "../run/train.js"
import { adamW } from "../step/adamw.js"
import { lars } from "../step/lars.js"
import { stepSettings } from "../step/plan.js"
import { sgd } from "../step/sgd.js"
import {
  type LabelledTask,
  type LabelledTaskOptions,
  labelledTask,
  requireClassWeights,
  trainLabelled,
} from "./labelled.js"

const optimizers = {
  lars: () => lars(),
  sgd: () => sgd({ decays: decaysVideo }),
  adamw: () => adamW({ betas: [0.9, 0.999], decays: decaysVideo }),
}

const unmixed = { mixup: 0, cutmix: 0 }

/** A classifier with a frozen encoder: only parameters named `head.*` are trained. */
export const frozenEncoder = (model: ClassifierModel): ClassifierModel =>
  fixing(model, (name) => !name.startsWith("head."))

/** Probing as a task: only the head is trained, on features of a frozen encoder. */
export function probeTask(
  model: ClassifierModel,
  recipe: ProbeRecipe,
  { evaluation, classWeights }: LabelledTaskOptions = {},
): LabelledTask {
  requireClassWeights(classWeights, model)
  const { batch, repeats, optimizer } = recipe
  const frozen = frozenEncoder(model)
  const plan = {
    ...{ name: "probe", model: frozen, batch: frozen.batchSpecs(batch * repeats, "f32") },
    step: { optimizer: optimizers[optimizer](), ...stepSettings(recipe) },
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
 * weights. The same seed gives the same weights, as in `pretrain`.
 */
export function probe(options: ProbeOptions): AsyncGenerator<StepResult, void, void> {
  const { model, data } = options
  const { system, classes, head } = model.config
  if (classes === 0) throw new TubeletError("the model has no head", "set classes in its config")
  const recipe = resolveProbeRecipe(system, data.length, options, head)
  return trainLabelled(options, recipe, () => probeTask(model, recipe, options))
}
