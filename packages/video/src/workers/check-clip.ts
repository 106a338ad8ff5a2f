import { withSource } from "../clip/open-item.js"
import { centreCrop, shortSideSize } from "../crop/centre.js"
import { cropFrames } from "../crop/pixels.js"
import { requireValid } from "../decode/require-valid.js"
import type { Size } from "../geometry.js"
import type { ClipItem } from "../item.js"
import { resize } from "../resize/resize.js"

/** Opens an item and reads frames spread over all of it. */
export interface CheckTask {
  readonly kind: "check"
  readonly item: ClipItem
  /** Frames to read, from the first to the last. */
  readonly frames: number
  /** Side of the square pictures. */
  readonly size: number
}

/** The contents of an item. */
export interface CheckFacts {
  readonly width: number
  readonly height: number
  /** Seconds. */
  readonly duration: number
  readonly frameRate: number
  /** Number of frames in it. */
  readonly length: number
  readonly codec: string
  /** The frames in 16 x 16 grey pixels each, one after another, to compare clips by. */
  readonly thumbnails: Uint8Array
}

/** Side of a thumbnail in pixels. */
export const thumbnailSize = 16

/**
 * Fills the buffer from `target` with the centres of the frames, u8 RGB [frames, size, size, 3].
 *
 * @throws MediaError if the item cannot be opened, or one of the frames is damaged.
 */
export async function checkClip(
  { item, frames, size }: CheckTask,
  target: (bytes: number) => Uint8Array,
): Promise<CheckFacts> {
  return withSource(item, async (source) => {
    const { width, height, duration, frameRate, codec, frameTimes } = source
    const length = frameTimes.length
    const apart = (length - 1) / Math.max(1, frames - 1)
    const times = Float64Array.from({ length: frames }, (_, i) => frameTimes[Math.round(i * apart)])
    const { data, valid } = await source.frames(times)
    target(3 * frames * size * size).set(centres(data, source, size))
    requireValid(item.path, times, valid)
    const thumbnails = grey(resize(data, source, { width: thumbnailSize, height: thumbnailSize }))
    return { width, height, duration, frameRate, length, codec, thumbnails }
  })
}

function centres(frames: Uint8Array, from: Size, size: number): Uint8Array {
  const resized = shortSideSize(from, size)
  return cropFrames(resize(frames, from, resized), resized, centreCrop(resized, size))
}

/** The green of RGB pixels, which carries most of the luma. */
const grey = (rgb: Uint8Array) =>
  Uint8Array.from({ length: rgb.length / 3 }, (_, i) => rgb[3 * i + 1])
