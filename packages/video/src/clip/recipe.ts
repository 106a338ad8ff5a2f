import type { Random } from "@tubelet/core/random"
import { centreCrop, shortSideSize } from "../crop/centre.js"
import { multiScaleCrop } from "../crop/multi-scale.js"
import { cropFrames, flipFrames } from "../crop/pixels.js"
import { randomResizedCrop } from "../crop/random-resized.js"
import type { Frames, Source } from "../decode/source.js"
import { resize } from "../resize/resize.js"

/**
 * What is done to a clip's frames, the same to all of them:
 * - `multi-scale`: VideoMAE's pre-training crop, antialiased bilinear, no flip;
 * - `random-resized`: MAE's crop of 20 to 100 % of the area, bicubic, flipped half of the time;
 * - `centre`: the short side resized without antialiasing, then the middle, as validation does.
 */
export type Augmentation = "multi-scale" | "random-resized" | "centre"

export const AUGMENTATIONS: readonly Augmentation[] = ["multi-scale", "random-resized", "centre"]

export interface ClipRecipe {
  /** Frames of a clip; 1 for pictures. */
  readonly frames: number
  /** Frames of the video from one frame of the clip to the next. */
  readonly stride: number
  /** Side of the square clip in pixels. */
  readonly size: number
  readonly augment: Augmentation
}

/** A clip as models take it. */
export interface Clip {
  /** u8 RGB, [frames, size, size, 3]. */
  readonly data: Uint8Array
  /** Seconds from the source's first frame, one a frame. */
  readonly timestamps: Float64Array
  /** False where the file did not give the frame. */
  readonly valid: readonly boolean[]
}

/** Decodes, crops and resizes the frames on show at `times`. Draws from `random` as it needs. */
export async function prepareClip(
  source: Source,
  times: ArrayLike<number>,
  { size, augment }: Pick<ClipRecipe, "size" | "augment">,
  random: Random,
): Promise<Clip> {
  const square = { width: size, height: size }
  if (augment === "centre") {
    const frames = await source.frames(times)
    const resized = shortSideSize(source, size)
    const whole = resize(frames.data, frames, resized, "point-bilinear")
    return clipOf(frames, cropFrames(whole, resized, centreCrop(resized, size)))
  }
  if (augment === "multi-scale") {
    const frames = await source.frames(times, { crop: multiScaleCrop(source, size, random) })
    return clipOf(frames, resize(frames.data, frames, square, "bilinear"))
  }
  const frames = await source.frames(times, { crop: randomResizedCrop(source, random) })
  const data = resize(frames.data, frames, square, "bicubic")
  if (random.uniform() < 0.5) flipFrames(data, square)
  return clipOf(frames, data)
}

const clipOf = ({ timestamps, valid }: Frames, data: Uint8Array): Clip => ({
  data,
  timestamps,
  valid,
})
