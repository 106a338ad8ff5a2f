import { TubeletError } from "@tubelet/core"
import type { Source } from "../decode/source.js"

/** Times of a clip from `start` seconds on: one every `stride` frame periods. */
export function clipTimes(
  source: Pick<Source, "path" | "frameRate" | "duration">,
  frames: number,
  stride: number,
  start = 0,
): Float64Array {
  const { path, duration, frameRate } = source
  if (!(start >= 0) || start >= duration) {
    throw new TubeletError(
      `${path}: the start, ${start} s, is outside the video of ${duration.toFixed(2)} s`,
      "choose a start from 0 up to the duration",
    )
  }
  return Float64Array.from({ length: frames }, (_, i) => start + (i * stride) / frameRate)
}
