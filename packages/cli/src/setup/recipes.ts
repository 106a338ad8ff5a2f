import type { System } from "@tubelet/models"
import { UsageError } from "../shell/errors.js"

/** What a recipe sets; a flag or a config file overrides it. */
export interface RecipeValues {
  readonly epochs: number
  /** In epochs. */
  readonly warmup: number
  /** For 256 samples a step. */
  readonly baseLr: number
  readonly stride?: number
  readonly maskRatio: number
  readonly clipGrad?: number
  /** Views of each clip: "800e" in the name of a published checkpoint is 200 epochs of 4. */
  readonly repeats?: number
}

interface NamedRecipe extends RecipeValues {
  readonly system: System
}

const kinetics = { stride: 4, maskRatio: 0.9 }
const hybrid = { ...kinetics, repeats: 4 }

/** The authors' published pre-training runs. */
export const recipes: Readonly<Record<string, NamedRecipe>> = {
  "mae-imagenet": { system: "mae", epochs: 800, warmup: 40, baseLr: 1.5e-4, maskRatio: 0.75 },
  "videomae-kinetics": { system: "videomae", epochs: 800, warmup: 40, baseLr: 1.5e-4, ...kinetics },
  "videomae-something": {
    ...{ system: "videomae", epochs: 800, warmup: 40, baseLr: 1.5e-4 },
    ...{ stride: 2, maskRatio: 0.9 },
  },
  "videomae-ucf101": {
    ...{ system: "videomae", epochs: 3200, warmup: 40, baseLr: 3e-4 },
    ...{ stride: 4, maskRatio: 0.75 },
  },
  "videomaev2-b": { system: "videomaev2", epochs: 200, warmup: 20, baseLr: 1e-3, ...hybrid },
  "videomaev2-l": { system: "videomaev2", epochs: 300, warmup: 30, baseLr: 1e-3, ...hybrid },
  "videomaev2-h": { system: "videomaev2", epochs: 300, warmup: 30, baseLr: 1e-3, ...hybrid },
  "videomaev2-g": {
    ...{ system: "videomaev2", epochs: 300, warmup: 30, baseLr: 6e-4, clipGrad: 0.02 },
    ...hybrid,
  },
}

/** A recipe's values for a model of `system`. */
export function recipeValues(name: string, system: System): RecipeValues {
  const known = Object.keys(recipes).join(", ")
  const found = Object.hasOwn(recipes, name) ? recipes[name] : undefined
  if (!found) throw new UsageError(`there is no recipe "${name}"`, `choose one of ${known}`)
  const { system: meant, ...values } = found
  if (meant === system) return values
  throw new UsageError(`the recipe ${name} is for ${meant}, the model is ${system}`, `see ${known}`)
}
