import { TubeletError } from "@tubelet/core"
import type { System } from "@tubelet/models"

/** A run that the authors published, where it differs from the defaults. */
export interface Published {
  readonly system: System
  /** Video frames from one clip frame to the next. */
  readonly stride?: number
}

/**
 * The settings of a published recipe, for a model of the family `system`.
 *
 * @throws TubeletError for an unknown name, and for a recipe of another model family.
 */
export function recipeNamed<R extends Published>(
  recipes: Readonly<Record<string, R>>,
  name: string,
  system: System,
): Omit<R, "system"> {
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
