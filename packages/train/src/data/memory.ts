import { Sampler } from "@tubelet/core/random"
import type { ClipBatch, ClipData } from "./clips.js"

export interface MemoryClipsOptions {
  readonly seed?: number
  /** The label of each clip. */
  readonly labels?: readonly number[]
}

/** Clips already in memory, u8 RGB [T, H, W, 3] each, reshuffled for each epoch. */
export const memoryClips = (
  clips: readonly Uint8Array[],
  { seed = 0, labels }: MemoryClipsOptions = {},
): ClipData => ({
  length: clips.length,
  async *batches({ batch, start }): AsyncGenerator<ClipBatch> {
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

function joined(clips: readonly Uint8Array[]): Uint8Array {
  const bytes = clips[0].length
  const all = new Uint8Array(clips.length * bytes)
  clips.forEach((clip, i) => {
    all.set(clip, i * bytes)
  })
  return all
}
