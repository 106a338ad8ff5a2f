import type { System } from "@tubelet/models"
import {
  publishedDistillRecipes,
  publishedFinetuneRecipes,
  publishedProbeRecipes,
  publishedRecipes,
  type RecipeOptions,
  resolveRecipe,
} from "@tubelet/train"
import { type ClipRecipe, type PixelType, publishedTransforms } from "@tubelet/video"
import { distilling } from "../commands/distill.js"
import { finetuneTask } from "../commands/finetune.js"
import { probeTask } from "../commands/probe.js"
import type { LabelledValues } from "../flags/labelled.js"
import { learnedFrom } from "../labelled/learned-from.js"
import type { LabelledTask } from "../labelled/task.js"
import { withTransform } from "../setup/transforms.js"
import { UsageError } from "../shell/errors.js"

/** How clips are read to learn from them. */
export interface Reading extends Pick<ClipRecipe<PixelType>, "transforms" | "sampling" | "pixels"> {
  readonly system: System
  /** Absent if the recipe leaves it to the data set. */
  readonly stride?: number
  /** Samples of each decoded clip. */
  readonly repeats: number
}

type Named = Readonly<Record<string, { readonly system: System; readonly stride?: number }>>
type Task = Pick<LabelledTask, "recipe" | "resolve" | "transforms">

/** Recipes of tasks on labelled clips. */
const labelled: readonly (readonly [recipes: Named, task: Task])[] = [
  [publishedFinetuneRecipes, finetuneTask],
  [publishedProbeRecipes, probeTask],
  [publishedDistillRecipes, distilling],
]

/** How a published recipe of any command reads clips, with a custom transform's module. */
export function readingOf(name: string, transform?: string): Reading {
  const pretrain = new Map<string, Named[string] & RecipeOptions>(Object.entries(publishedRecipes))
  const found = pretrain.get(name)
  if (found) {
    const { system, stride, repeats } = found
    return { ...pretraining(system, repeats, transform), ...(stride !== undefined && { stride }) }
  }
  for (const [recipes, task] of labelled) {
    if (Object.hasOwn(recipes, name)) return learning(task, name, recipes[name].system, transform)
  }
  const names = [...pretrain.keys(), ...labelled.flatMap(([recipes]) => Object.keys(recipes))]
  throw new UsageError(`unknown recipe "${name}"`, `choose one of ${names.join(", ")}`)
}

/** How pre-training reads clips. */
export function pretraining(
  system: System,
  given: number | undefined,
  transform: string | undefined,
): Reading {
  const { repeats } = resolveRecipe(system, 1, given === undefined ? {} : { repeats: given })
  const crop = publishedTransforms[system === "mae" ? "random-resized" : "multi-scale"]
  return { system, repeats, transforms: withTransform(crop, transform) }
}

function learning(
  task: Task,
  name: string,
  system: System,
  transform: string | undefined,
): Reading {
  const values: LabelledValues = task.recipe(name, system, { clips: 1, classes: 1 })
  const { sampling = "dense", directional = false, stride } = values
  const augmented = { sampling, directional, transforms: task.transforms(system) }
  return {
    system,
    repeats: task.resolve(system, 1, values).repeats,
    ...(stride !== undefined && { stride }),
    ...learnedFrom(system, { ...augmented, ...(transform !== undefined && { transform }) }),
  }
}
