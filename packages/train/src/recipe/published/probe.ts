import type { System } from "@tubelet/models"
import type { ProbeRecipeOptions } from "../probe-fields.js"
import { type Published, recipeNamed } from "./recipe.js"

/** A published linear probe. */
export interface PublishedProbeRecipe extends Published, ProbeRecipeOptions {}

const linear: PublishedProbeRecipe = {
  system: "mae",
  epochs: 90,
  warmup: 10,
  baseLearningRate: 0.1,
}

/** MAE's linear probes, for an effective batch of 16,384. */
export const publishedProbeRecipes = {
  "mae/imagenet-b-linprobe": linear,
  "mae/imagenet-l-linprobe": linear,
  "mae/imagenet-h-linprobe": linear,
} satisfies Readonly<Record<string, PublishedProbeRecipe>>

/** The settings of a published linear probe. Throws as `recipeNamed`. */
export const publishedProbeRecipe = (
  name: string,
  system: System,
): Omit<PublishedProbeRecipe, "system"> =>
  recipeNamed<PublishedProbeRecipe>(publishedProbeRecipes, name, system)
