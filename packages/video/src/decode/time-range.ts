import type { TimeRange } from "../item.js"
import { MediaError } from "./errors.js"
import type { Source } from "./source.js"
import { frameOnShow } from "./time-index.js"

/** A clock's rounding in lists of times: 12.48 for 12.4791. */
const rounding = 1e-3

/**
 * A part of a source as a source of its own, whose times count from its start. It has the frames
 * that begin in the range, and the one on display at its start.
 *
 * @throws MediaError if the source ends before the range starts.
 */
export function partOf(source: Source, { start = 0, end = source.duration }: TimeRange): Source {
  const { path, width, height, rotation, frameRate, codec, frameTimes } = source
  if (start >= source.duration) {
    throw new MediaError(
      path,
      `has no frames at ${start} s, as it ends at ${source.duration.toFixed(2)} s`,
      "check the start and end in the list: they are seconds from the first frame",
    )
  }
  const first = frameOnShow(frameTimes, start, rounding)
  const last = frameOnShow(frameTimes, end, -rounding)
  const inside = frameTimes.subarray(first, Math.max(first, last) + 1)
  const [from, until] = [inside[0], inside[inside.length - 1]]
  return {
    ...{ path, width, height, rotation, frameRate, codec },
    duration: Math.min(end, source.duration) - from,
    frameTimes: inside.map((time) => time - from),
    async frames(times, options) {
      const absolute = Float64Array.from(times, (time) => Math.min(from + time, until))
      const frames = await source.frames(absolute, options)
      return { ...frames, timestamps: frames.timestamps.map((time) => time - from) }
    },
    close: () => source.close(),
  }
}
