import type { Random } from "@tubelet/core/random"
import type { Transform } from "../augment/kinds.js"
import { transformersOf } from "../augment/resolve.js"
import type { Transformer } from "../augment/transform.js"
import type { Source } from "../decode/source.js"
import { rowsInMemory } from "../resize/frame-rows.js"
import type { Sampling } from "../sampling/kinds.js"
import type { PixelArray, PixelType } from "./pixel-type.js"
import { boundsOf, drawView, makeViews } from "./views.js"

/** How pictures become a view, as plain data: any process gives the same bytes. */
export interface ViewRecipe<P extends PixelType = "u8"> {
  /** Side of the square clip in pixels. */
  readonly size: number
  /** Applied in this order to all frames of a clip alike. */
  readonly transforms: readonly Transform[]
  /** What the transforms give: `f32` if `normalise` is among them. Default: `u8`. */
  readonly pixels?: P
}

export interface ClipRecipe<P extends PixelType = "u8"> extends ViewRecipe<P> {
  /** Frames per clip; 1 for pictures. */
  readonly frames: number
  /** Video frames from one frame of the clip to the next. */
  readonly stride: number
  /** Which frames of the video. Default: `pretraining`. */
  readonly sampling?: Sampling
}

/** A clip ready for a model. */
export interface Clip<P extends PixelType = "u8"> {
  /** RGB, [frames, size, size, 3]. */
  readonly data: PixelArray[P]
  /** Seconds from the source's first frame, one per frame. */
  readonly timestamps: Float64Array
  /** False for frames that could not be read from the file. */
  readonly valid: readonly boolean[]
}

/** Decodes the frames displayed at `times` and transforms them; `random` draws the choices. */
export async function prepareClip<P extends PixelType = "u8">(
  source: Source,
  times: ArrayLike<number>,
  recipe: ViewRecipe<P>,
  random: Random,
): Promise<Clip<P>> {
  return (await prepareViews(source, times, recipe, [random]))[0]
}

/**
 * Repeated augmentation: decodes the frames displayed at `times` once and makes one view per random
 * stream, the same that `prepareClip` makes. Writes the views' bytes to `into` if given.
 */
export async function prepareViews<P extends PixelType = "u8">(
  source: Source,
  times: ArrayLike<number>,
  recipe: ViewRecipe<P>,
  randoms: readonly Random[],
  into?: Uint8Array,
): Promise<Clip<P>[]> {
  const transformers = await transformersOf(recipe.transforms)
  return viewsBy(transformers, source, times, recipe, randoms, into)
}

/** `prepareViews` by transformers, which the recipe's transforms describe. */
export async function viewsBy<P extends PixelType = "u8">(
  transformers: readonly Transformer[],
  source: Pick<Source, "width" | "height" | "frames">,
  times: ArrayLike<number>,
  recipe: ViewRecipe<P>,
  randoms: readonly Random[],
  into?: Uint8Array,
): Promise<Clip<P>[]> {
  const views = randoms.map((random) => drawView(source, transformers, recipe, random))
  const bounds = boundsOf(views)
  const { data: decoded, timestamps, valid } = await source.frames(times, { crop: bounds })
  const frames = rowsInMemory(decoded, bounds)
  const made = makeViews(views, frames, bounds, { ...recipe, frames: times.length }, into)
  return made.map((bytes) => ({ data: pixelsIn(bytes, recipe.pixels), timestamps, valid }))
}

/** A view's bytes as the values that they hold. */
export function pixelsIn<P extends PixelType>(bytes: Uint8Array, pixels?: P): PixelArray[P] {
  const { buffer, byteOffset, byteLength } = bytes
  const values = pixels === "f32" ? new Float32Array(buffer, byteOffset, byteLength / 4) : bytes
  return values as PixelArray[P]
}
