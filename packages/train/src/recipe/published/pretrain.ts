import type { System } from "@tubelet/models"
import type { RecipeOptions } from "../fields.js"
import { type Published, recipeNamed } from "./recipe.js"

/** A published pre-training run. */
export interface PublishedRecipe extends Published, RecipeOptions {
  /** Fraction of tokens that the encoder does not see. */
  readonly maskRatio: number
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
  "mae/imagenet-pretrain": { ...mae, maskRatio: 0.75 },
  "videomae/k400-pretrain": videomae,
  "videomae/ssv2-pretrain": { ...videomae, stride: 2 },
  "videomae/ucf101-pretrain": {
    ...videomae,
    ...{ epochs: 3200, baseLearningRate: 3e-4, maskRatio: 0.75 },
  },
  "videomaev2/hybrid-b-pretrain": { ...videomaev2, epochs: 200, warmup: 20 },
  "videomaev2/hybrid-l-pretrain": videomaev2,
  "videomaev2/hybrid-h-pretrain": videomaev2,
  "videomaev2/hybrid-g-pretrain": { ...videomaev2, baseLearningRate: 6e-4, clipGrad: 0.02 },
} satisfies Readonly<Record<string, PublishedRecipe>>

export type RecipeName = keyof typeof publishedRecipes

/** The settings of a published pre-training recipe. Throws as `recipeNamed`. */
export const publishedRecipe = (name: string, system: System): Omit<PublishedRecipe, "system"> =>
  recipeNamed<PublishedRecipe>(publishedRecipes, name, system)
