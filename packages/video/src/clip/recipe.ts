import type { Random } from "@tubelet/core/random"
import type { Source } from "../decode/source.js"
import { rowsInMemory } from "../resize/frame-rows.js"
import { boundsOf, drawView, makeViews, type ViewRecipe } from "./views.js"

export { type Augmentation, augmentations } from "./views.js"

export interface ClipRecipe extends ViewRecipe {
  /** Frames per clip; 1 for pictures. */
  readonly frames: number
  /** Video frames from one frame of the clip to the next. */
  readonly stride: number
}

/** A clip ready for a model. */
export interface Clip {
  /** u8 RGB, [frames, size, size, 3]. */
  readonly data: Uint8Array
  /** Seconds from the source's first frame, one per frame. */
  readonly timestamps: Float64Array
  /** False for frames that could not be read from the file. */
  readonly valid: readonly boolean[]
}

/** Decodes, crops and resizes the frames displayed at `times`; `random` draws the augmentation. */
export async function prepareClip(
  source: Source,
  times: ArrayLike<number>,
  recipe: ViewRecipe,
  random: Random,
): Promise<Clip> {
  return (await prepareViews(source, times, recipe, [random]))[0]
}

/**
 * Repeated augmentation: decodes the frames displayed at `times` once and makes one view per random
 * stream, the same that `prepareClip` makes. Writes to `into` if given.
 */
export async function prepareViews(
  source: Source,
  times: ArrayLike<number>,
  recipe: ViewRecipe,
  randoms: readonly Random[],
  into?: Uint8Array,
): Promise<Clip[]> {
  const views = randoms.map((random) => drawView(source, recipe, random))
  const bounds = boundsOf(views)
  const { data: decoded, timestamps, valid } = await source.frames(times, { crop: bounds })
  const frames = rowsInMemory(decoded, bounds)
  const datas = makeViews(views, frames, bounds, { frames: times.length, size: recipe.size }, into)
  return datas.map((data) => ({ data, timestamps, valid }))
}
