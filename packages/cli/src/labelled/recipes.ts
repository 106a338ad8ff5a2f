import type { System } from "@tubelet/models"
import {
  type DataCounts,
  type Fields,
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

/** Recipes of tasks with the hyperparameters of fine-tuning. */
export const finetuneRecipeOf =
  (fields: Fields) =>
  (name: string, system: System, data: DataCounts): object =>
    name === "small-data"
      ? asValues(fields, { ...smallData(data) })
      : asValues(fields, { ...publishedFinetuneRecipe(name, system) })

/** Recipes of probes. */
export const probeRecipeOf =
  (fields: Fields) =>
  (name: string, system: System): object =>
    asValues(fields, { ...publishedProbeRecipe(name, system) })
