import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { MediaError } from "./errors.js"
import { isPicture } from "./kinds.js"
import { readPicture } from "./picture.js"
import type { Source } from "./source.js"
import { framesOfStills } from "./stills.js"

export interface FrameFolderOptions {
  /** Number of the first frame in the file names. Default: the first picture found. */
  readonly start?: number
  /** How many frames to take. Default: all. */
  readonly count?: number
  /** Frames a second to assume: pictures bear no times. Default 30. */
  readonly frameRate?: number
}

/**
 * Opens a folder of numbered pictures (`img_00001.jpg`, ...) as a video.
 * The first picture fixes the size.
 */
export async function openFrameFolder(
  folder: string,
  { start, count, frameRate = 30 }: FrameFolderOptions = {},
): Promise<Source> {
  const names = (await readdir(folder)).filter(isPicture).sort(byNumber)
  const first = start === undefined ? 0 : names.findIndex((name) => numberOf(name) === start)
  const taken = first < 0 ? [] : names.slice(first, count === undefined ? undefined : first + count)
  if (taken.length === 0 || (count !== undefined && taken.length < count)) {
    throw new MediaError(
      folder,
      `${taken.length} pictures found, ${count ?? "at least one"} expected` +
        (start === undefined ? "" : ` from number ${start}`),
      "Check the folder, and the start and count in the list file.",
    )
  }
  const read = (frame: number) => readPicture(join(folder, taken[frame])).catch(() => undefined)
  const head = await readPicture(join(folder, taken[0]))
  const source: Source = {
    path: folder,
    width: head.width,
    height: head.height,
    rotation: 0,
    duration: taken.length / frameRate,
    frameRate,
    codec: head.format,
    frameTimes: Float64Array.from(taken, (_, i) => i / frameRate),
    close() {},
    frames: (times, options) => framesOfStills(source, times, options, read),
  }
  return source
}

const numberOf = (name: string) => Number(/(\d+)\D*$/.exec(name)?.[1] ?? Number.NaN)

const byNumber = (a: string, b: string) => numberOf(a) - numberOf(b) || (a < b ? -1 : a > b ? 1 : 0)
