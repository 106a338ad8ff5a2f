import { TubeletError } from "@tubelet/core"
import type { System } from "@tubelet/models"
import type { RecipeOptions } from "./fields.js"

/** A run that the authors published, where it differs from the defaults. */
export interface PublishedRecipe extends RecipeOptions {
  readonly system: System
  /** Fraction of tokens that the encoder does not see. */
  readonly maskRatio: number
  /** Video frames from one clip frame to the next. */
  readonly stride?: number
}

const mae = { system: "mae", epochs: 800, warmup: 40, baseLearningRate: 1.5e-4 } as const
const videomae = { ...mae, system: "videomae", stride: 4, maskRatio: 0.9 } as const
const videomaev2 = {
  ...({ system: "videomaev2", epochs: 300, warmup: 30, baseLearningRate: 1e-3 } as const),
  ...{ stride: 4, maskRatio: 0.9, repeats: 4 },
}

/**
 * The authors' published pre-training runs. "800e" in the name of a published V2 checkpoint means
 * 200 epochs with 4 repeats.
 */
export const publishedRecipes = {
  "mae-imagenet": { ...mae, maskRatio: 0.75 },
  "videomae-kinetics": videomae,
  "videomae-something": { ...videomae, stride: 2 },
  "videomae-ucf101": { ...videomae, epochs: 3200, baseLearningRate: 3e-4, maskRatio: 0.75 },
  "videomaev2-b": { ...videomaev2, epochs: 200, warmup: 20 },
  "videomaev2-l": videomaev2,
  "videomaev2-h": videomaev2,
  "videomaev2-g": { ...videomaev2, baseLearningRate: 6e-4, clipGrad: 0.02 },
} satisfies Readonly<Record<string, PublishedRecipe>>

export type RecipeName = keyof typeof publishedRecipes

/**
 * The settings of a published recipe, for a model of the family `system`.
 *
 * @throws TubeletError for an unknown name, and for a recipe of another model family.
 */
export function publishedRecipe(name: string, system: System): Omit<PublishedRecipe, "system"> {
  const recipes: Readonly<Record<string, PublishedRecipe>> = publishedRecipes
  const found = Object.hasOwn(recipes, name) ? recipes[name] : undefined
  const names = Object.keys(recipes).join(", ")
  if (!found) throw new TubeletError(`unknown recipe "${name}"`, `choose one of ${names}`)
  const { system: meant, ...values } = found
  if (meant === system) return values
  throw new TubeletError(
    `the recipe ${name} is for ${meant}, but the model is ${system}`,
    `choose one of ${names}`,
  )
}
