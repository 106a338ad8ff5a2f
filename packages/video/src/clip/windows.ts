import { requireValid } from "../decode/require-valid.js"
import type { ClipItem } from "../item.js"
import { cropResizeFloat } from "../resize/float.js"
import { openItem } from "./open-item.js"

export interface WindowsOptions {
  /** Frames of a window, which are consecutive. */
  readonly frames: number
  /** Frames from the start of one window to that of the next. */
  readonly step: number
  /** Width and height: frames are resized without keeping their aspect ratio. */
  readonly size: number
  /** The float of each level of each colour, [3, 256]. Default: level / 255. */
  readonly levels?: Float64Array
}

/** A part of a video. */
export interface Window {
  /** Its first frame, from 0. */
  readonly start: number
  /** RGB, [frames, size, size, 3]. */
  readonly clip: Float32Array
}

/**
 * The windows of consecutive frames of a whole video, in order: those that fit, and at least one,
 * which repeats the last frame of a shorter video. Each frame is decoded and resized once.
 *
 * @throws MediaError if the item cannot be read or a frame is damaged.
 */
export async function* windowsOf(
  item: ClipItem,
  { frames, step, size, levels = unitLevels() }: WindowsOptions,
): AsyncGenerator<Window, void, void> {
  const source = await openItem(item)
  const length = size * size * 3
  const { frameTimes, width, height } = source
  let held: Float32Array[] = [] // The frames of the last window.
  const read = async (from: number, to: number) => {
    const times = frameTimes.slice(from, to)
    const { data, valid } = await source.frames(times)
    requireValid(item.path, times, valid)
    const resized = new Float32Array(times.length * length)
    const whole = { x: 0, y: 0, width, height }
    cropResizeFloat({ data, width, height, levels }, whole, { width: size, height: size }, resized)
    return split(resized, length)
  }
  try {
    const last = Math.max(0, frameTimes.length - frames)
    for (let start = 0; start <= last; start += step) {
      held = start === 0 ? [] : held.slice(step)
      // A step longer than the window skips frames.
      const next = start + held.length
      held.push(...(await read(next, Math.min(start + frames, frameTimes.length))))
      const clip = new Float32Array(frames * length)
      for (let i = 0; i < frames; i++) clip.set(held[Math.min(i, held.length - 1)], i * length)
      yield { start, clip }
    }
  } finally {
    source.close()
  }
}

const unitLevels = () => Float64Array.from({ length: 768 }, (_, i) => (i % 256) / 255)

const split = (values: Float32Array, length: number): Float32Array[] =>
  Array.from({ length: values.length / length }, (_, i) =>
    values.subarray(i * length, (i + 1) * length),
  )
