import { random } from "@tubelet/core/random"
import { withSource } from "../clip/open-item.js"
import { publishedTransforms } from "../clip/published.js"
import { prepareClip } from "../clip/recipe.js"
import { requireValid } from "../decode/require-valid.js"
import type { ClipItem } from "../item.js"

/** Opens an item and reads frames spread over all of it. */
export interface CheckTask {
  readonly item: ClipItem
  readonly check: {
    /** Frames to read, from the first to the last. */
    readonly frames: number
    /** Side of the square pictures. */
    readonly size: number
  }
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
}

/**
 * Fills the buffer from `target` with the centres of the frames, u8 RGB [frames, size, size, 3].
 *
 * @throws MediaError if the item cannot be opened, or one of the frames is damaged.
 */
export async function checkClip(
  { item, check: { frames, size } }: CheckTask,
  target: (bytes: number) => Uint8Array,
): Promise<CheckFacts> {
  return withSource(item, async (source) => {
    const { width, height, duration, frameRate, codec, frameTimes } = source
    const length = frameTimes.length
    const apart = (length - 1) / Math.max(1, frames - 1)
    const times = Float64Array.from({ length: frames }, (_, i) => frameTimes[Math.round(i * apart)])
    const recipe = { size, transforms: publishedTransforms.centre }
    const into = target(3 * frames * size * size)
    const { data, valid } = await prepareClip(source, times, recipe, random())
    into.set(data)
    requireValid(item.path, times, valid)
    return { width, height, duration, frameRate, length, codec }
  })
}
