import { stat } from "node:fs/promises"
import { readClipInSubprocess } from "../workers/read-clip.js"
import { wrongLine } from "./wrong-line.js"

interface Line {
  readonly path: string
  readonly line: number
  readonly numbers: readonly number[]
  readonly isVideo: boolean
}

const advice = "multi-label data sets are not supported: keep one label for each clip"

/** Rejects lists in which some lines have one label and others have several. */
export function requireOneLabelEach(lines: readonly Line[], list: string): void {
  const videos = lines.filter(({ isVideo, numbers }) => isVideo && !numbers.some((n) => n < 0))
  const one = videos.find(({ numbers }) => numbers.length === 1)
  const more = videos.find(({ numbers }) => numbers.length > 1)
  if (!one || !more) return
  const counts = `has ${more.numbers.length} numbers after a video, line ${one.line} has one`
  throw wrongLine(list, more.line, counts, advice)
}

/**
 * Rejects two labels for each video. They look like a length and a label, so the first video that
 * exists decides; if none does, lengths that are too short for a video.
 */
export async function requireLengths(
  lines: readonly Line[],
  list: string,
  resolved: (path: string) => string,
): Promise<void> {
  const videos = lines.filter(hasLength)
  let tried = 0
  for (const { path, line, numbers } of videos) {
    const file = resolved(path)
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile()) continue
    const frames = await lengthOf(file)
    if (frames !== undefined) {
      if (Math.abs(frames - numbers[0]) <= Math.max(2, frames / 10)) return
      throw noLength(list, line, `${numbers.join(" ")} after a video of ${frames} frames`)
    }
    if (++tried === mostTried) break
  }
  if (videos.length === 0 || videos.some(({ numbers: [length] }) => length >= leastFrames)) return
  throw noLength(list, videos[0].line, `${videos[0].numbers.join(" ")} after a video`)
}

/** Videos to open: some may be damaged. */
const mostTried = 10
/** A list with shorter videos only is none of lengths. */
const leastFrames = 16

const hasLength = ({ isVideo, numbers: [length, label] }: Line) =>
  isVideo && label >= 0 && length >= 0

/** Frames of a video; undefined if it cannot be read. */
async function lengthOf(path: string): Promise<number | undefined> {
  const transforms = ["resize", "centre-crop"] as const
  const recipe = { frames: 1, stride: 1, size: 16, transforms }
  const read = await readClipInSubprocess({ path }, recipe).catch(() => undefined)
  return read && Math.round(read.source.duration * read.source.frameRate)
}

const noLength = (list: string, line: number, what: string) =>
  wrongLine(list, line, `has ${what}: no length and label`, advice)
