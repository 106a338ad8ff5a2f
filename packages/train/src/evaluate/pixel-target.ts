import { TubeletError } from "@tubelet/core"
import type { PretrainModel } from "@tubelet/models"

/** Throws unless the model predicts pixels, raw or normalised. */
export function requirePixels({ target: { name } }: PretrainModel): void {
  if (["pixels", "normalised"].includes(name)) return
  throw new TubeletError(
    `the target "${name}" cannot be shown as an image`,
    "use a model that predicts pixels or normalised pixels",
  )
}
