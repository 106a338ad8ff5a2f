import type { System } from "@tubelet/models"
import type { MaskRules } from "../../data/masks.js"
import { overlaid } from "../alternatives.js"
import { defaultMasks } from "../default-masks.js"
import { alternativesOf } from "../field.js"
import { pretrainFields, type RecipeOptions } from "../fields.js"
import type { PublishedRecipe } from "./pretrain.js"

/** Options that override those of a published recipe, for a model of the family `system`. */
export function overPublished<
  O extends RecipeOptions & { readonly masks?: MaskRules; readonly stride?: number },
>({ maskRatio, ...recipe }: Omit<PublishedRecipe, "system">, system: System, options: O): O {
  const { encoder, ...others } = defaultMasks(system)
  const masks = { encoder: { ...encoder, ratio: maskRatio }, ...others }
  return overlaid({ ...recipe, masks } as O, options, alternativesOf(pretrainFields))
}
