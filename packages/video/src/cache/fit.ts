import { TubeletError } from "@tubelet/core"
import type { ClipRecipe } from "../clip/recipe.js"
import type { CachedClip } from "../item.js"

/** The samplings that choose one part of a video; in a cache, it is chosen already. */
const ofOnePart = new Set(["pretraining", "dense", "centred-dense"])

type Fitted = Pick<ClipRecipe, "frames" | "stride" | "sampling">

/** @throws TubeletError unless a cache's clips have the frames that a recipe needs. */
export function requireFit(
  cached: Pick<CachedClip, "frames" | "stride">,
  { frames, stride, sampling = "pretraining" }: Fitted,
): void {
  const name = typeof sampling === "string" ? sampling : sampling.name
  if (!ofOnePart.has(name)) {
    throw new TubeletError(
      `cached clips are parts of videos, so their frames cannot be sampled as "${name}"`,
      "read the videos instead of the cache",
    )
  }
  if (frames === 1 || (frames === cached.frames && stride === cached.stride)) return
  throw new TubeletError(
    `the cache contains clips of ${cached.frames} frames at stride ${cached.stride}, ` +
      `not of ${frames} at stride ${stride}`,
    "use the settings of the cache, or write one with yours",
  )
}
