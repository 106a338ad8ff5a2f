import { Sampler } from "@tubelet/core/random"
import type { PixelArray, PixelType } from "@tubelet/video"
import type { ClipBatch, ClipData } from "./clips.js"
import { padded } from "./padded.js"

export interface MemoryClipsOptions {
  readonly seed?: number
  /** The label of each clip. */
  readonly labels?: readonly number[]
}

/**
 * Clips already in memory, RGB [T, H, W, 3] each, reshuffled for each epoch: bytes, or normalised
 * floats.
 */
export const memoryClips = <P extends PixelType = "u8">(
  clips: readonly PixelArray[P][],
  { seed = 0, labels }: MemoryClipsOptions = {},
): ClipData<P> => ({
  length: clips.length,
  async *batches({ batch, start }): AsyncGenerator<ClipBatch<P>> {
    const order = new Sampler(clips.length, seed)
    for (let position = start; ; ) {
      const { places, next } = order.batch(position, batch)
      yield {
        clips: joined(places.map(({ index }) => clips[index])),
        samples: places,
        ...(labels && { labels: Int32Array.from(places, ({ index }) => labels[index]) }),
        next,
      }
      position = next
    }
  },
})

function joined<P extends PixelType>(clips: readonly PixelArray[P][]): PixelArray[P] {
  const [first] = clips
  const all = padded(first, clips.length * first.length)
  clips.forEach((clip, i) => {
    all.set(clip, i * first.length)
  })
  return all
}
