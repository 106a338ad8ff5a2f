import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { MediaError } from "./errors.js"
import { isPicture } from "./kinds.js"
import { isData } from "./not-data.js"
import { readPicture } from "./picture.js"
import type { Source } from "./source.js"
import { framesOfStills } from "./stills.js"

export interface FrameFolderOptions {
  /** Number of the first frame in the file names. Default: the lowest found. */
  readonly start?: number
  /** Number of frames. Default: all. */
  readonly count?: number
  /** Assumed frames per second, as pictures have no timestamps. Default: 30. */
  readonly frameRate?: number
}

/**
 * Opens a folder of numbered pictures (`img_00001.jpg`, ...) as a video. The first picture
 * determines the size.
 */
export async function openFrameFolder(
  folder: string,
  { start, count, frameRate = 30 }: FrameFolderOptions = {},
): Promise<Source> {
  const names = (await namesIn(folder)).filter(isFrame).sort(byNumber)
  const from = start ?? (names.length > 0 ? numberOf(names[0]) : 0)
  const isTaken = (name: string) => isNumbered(name, from, from + (count ?? 1e15))
  const taken = start === undefined && count === undefined ? names : names.filter(isTaken)
  if (taken.length === 0 || (count !== undefined && taken.length < count)) {
    throw new MediaError(
      folder,
      `${taken.length} images found, ${count ?? "at least one"} expected` +
        (start === undefined ? "" : `, starting at ${start}`),
      advice,
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

const namesIn = (folder: string) =>
  readdir(folder).catch((cause) => {
    throw new MediaError(folder, "is not a readable folder", advice, { cause })
  })

const advice = "check the folder, and the start and count in the list file"

/** Whether a file name is that of a picture, hidden and system files aside. */
export const isFrame = (name: string): boolean => isData(name) && isPicture(name)

const numberOf = (name: string) => Number(/(\d+)\D*$/.exec(name)?.[1] ?? Number.NaN)

/** Whether a picture's number is at least `from` and below `to`. */
export const isNumbered = (name: string, from: number, to: number): boolean =>
  numberOf(name) >= from && numberOf(name) < to

const byNumber = (a: string, b: string) => numberOf(a) - numberOf(b) || (a < b ? -1 : a > b ? 1 : 0)
