import type { System } from "@tubelet/models"
import {
  type DataCounts,
  type Fields,
  publishedDistillRecipe,
  publishedFinetuneRecipe,
  publishedProbeRecipe,
  smallData,
} from "@tubelet/train"
import { valuesFrom } from "../flags/hyperparameters.js"

/** A recipe's options as values of the flags: hyperparameters, and how clips are sampled. */
const asValues = (fields: Fields, { stride, sampling, directional, ...options }: Sampled) => ({
  ...valuesFrom(fields, options),
  ...(stride !== undefined && { stride }),
  ...(sampling !== undefined && { sampling }),
  ...(directional !== undefined && { directional }),
})

interface Sampled extends Readonly<Record<string, unknown>> {
  readonly stride?: number
  readonly sampling?: string
  readonly directional?: boolean
}

/** Recipes by name: `small-data`, which suits every task that trains an encoder, or published. */
const recipeOf =
  (published: (name: string, system: System) => object) =>
  (fields: Fields) =>
  (name: string, system: System, data: DataCounts): object =>
    asValues(fields, { ...(name === "small-data" ? smallData(data) : published(name, system)) })

export const finetuneRecipeOf = recipeOf(publishedFinetuneRecipe)
export const distillRecipeOf = recipeOf(publishedDistillRecipe)

/** Recipes of probes. */
export const probeRecipeOf =
  (fields: Fields) =>
  (name: string, system: System): object =>
    asValues(fields, { ...publishedProbeRecipe(name, system) })
