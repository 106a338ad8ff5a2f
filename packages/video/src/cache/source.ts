import type { Pixels } from "../decode/pixels.js"
import type { Source } from "../decode/source.js"
import { framesOfStills } from "../decode/stills.js"
import type { CachedItem } from "../item.js"
import { allRows } from "../resize/frame-rows.js"
import { cachedRows } from "./read.js"

/** A cached clip as a video of the clip's length. */
export function openCached(item: CachedItem): Source {
  const { width, height, frames, stride, frameRate } = item.cached
  const clip = allRows(cachedRows(item), item.cached)
  const bytes = clip.length / frames
  const read = async (i: number): Promise<Pixels> => {
    const data = clip.subarray(i * bytes, (i + 1) * bytes)
    return { data, width, height, format: "cached", rotation: 0 }
  }
  const source: Source = {
    path: item.path,
    ...{ width, height, rotation: 0, codec: "cached", frameRate: frameRate / stride },
    duration: (frames * stride) / frameRate,
    frameTimes: Float64Array.from({ length: frames }, (_, i) => (i * stride) / frameRate),
    close() {},
    frames: (times, options) => framesOfStills(source, times, options, read),
  }
  return source
}
