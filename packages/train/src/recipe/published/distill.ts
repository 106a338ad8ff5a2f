import type { System } from "@tubelet/models"
import type { DistillRecipeOptions } from "../distill-fields.js"
import { publishedFinetuneRecipes } from "./finetune.js"
import { type Published, recipeNamed } from "./recipe.js"

/** A distillation of V2's giant into a smaller model; warm-up is in epochs. */
export interface PublishedDistillRecipe extends Published, DistillRecipeOptions {}

// The authors say what they distilled (the logits of the giant on Kinetics-710, for the clips that
// the student sees) but not with which rates: those are their fine-tuning's.
const onK710: PublishedDistillRecipe = publishedFinetuneRecipes["videomaev2/k710-b-finetune"]

/** V2's distillations; the student starts from a model fine-tuned on Kinetics-710. */
export const publishedDistillRecipes = {
  "videomaev2/distill-s": onK710,
  "videomaev2/distill-b": onK710,
} satisfies Readonly<Record<string, PublishedDistillRecipe>>

/** The settings of a distillation. Throws as `recipeNamed`. */
export const publishedDistillRecipe = (
  name: string,
  system: System,
): Omit<PublishedDistillRecipe, "system"> =>
  recipeNamed<PublishedDistillRecipe>(publishedDistillRecipes, name, system)
