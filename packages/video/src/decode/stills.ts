import { cropWithin } from "./crop-check.js"
import { clipMemory } from "./memory.js"
import { copyOriented, upright } from "./orientation.js"
import type { Pixels } from "./pixels.js"
import type { Frames, FramesOptions, Source } from "./source.js"
import { frameOnShow } from "./time-index.js"

/**
 * Copies crops of still pictures into one clip. `read` returns the picture at a frame index, or
 * undefined if it cannot be read. Pictures whose size differs from the first are not valid either.
 */
export async function framesOfStills(
  source: Source,
  times: ArrayLike<number>,
  options: FramesOptions = {},
  read: (frame: number) => Promise<Pixels | undefined>,
): Promise<Frames> {
  const crop = cropWithin(source, options.crop)
  const bytes = 3 * crop.width * crop.height
  const data = clipMemory(source, times.length, bytes)
  const valid: boolean[] = []
  const shown = Array.from(times, (time) => frameOnShow(source.frameTimes, time, 1e-6))
  for (const [i, frame] of shown.entries()) {
    const place = data.subarray(i * bytes, (i + 1) * bytes)
    if (frame === shown[i - 1]) {
      data.copyWithin(i * bytes, (i - 1) * bytes, i * bytes)
      valid.push(valid[i - 1])
      continue
    }
    const picture = await read(frame)
    const fits = picture?.width === source.width && picture.height === source.height
    if (fits) {
      const stored = { ...picture, stride: 3 * picture.width }
      copyOriented(picture.data, stored, upright, crop, place)
    }
    valid.push(fits)
  }
  const timestamps = Float64Array.from(shown, (frame) => source.frameTimes[frame])
  return { width: crop.width, height: crop.height, data, timestamps, valid }
}
