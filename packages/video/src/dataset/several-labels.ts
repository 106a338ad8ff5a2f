import { stat } from "node:fs/promises"
import { TubeletError } from "@tubelet/core"
import { readClipInSubprocess } from "../workers/read-clip.js"

interface Line {
  readonly path: string
  readonly line: number
  readonly numbers: readonly number[]
  readonly isVideo: boolean
}

const advice =
  "data sets with several labels for a clip are not supported: keep one label for each clip"

/** Refuses lists whose lines have one label here and several there. */
export function requireOneLabelEach(lines: readonly Line[], list: string): void {
  const videos = lines.filter(({ isVideo, numbers }) => isVideo && !numbers.some((n) => n < 0))
  const one = videos.find(({ numbers }) => numbers.length === 1)
  const more = videos.find(({ numbers }) => numbers.length > 1)
  if (!one || !more) return
  throw new TubeletError(
    `${list}: line ${more.line} has ${more.numbers.length} numbers after a video, line ` +
      `${one.line} has one`,
    advice,
  )
}

/**
 * Refuses two labels for each video. They look like a length and a label, so the first video that
 * is there decides.
 */
export async function requireLengths(
  lines: readonly Line[],
  list: string,
  resolved: (path: string) => string,
): Promise<void> {
  for (const { path, line, numbers } of lines.filter(hasLength).slice(0, mostTried)) {
    const file = resolved(path)
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile()) continue
    const recipe = {
      frames: 1,
      stride: 1,
      size: 16,
      transforms: ["resize", "centre-crop"],
    } as const
    const read = await readClipInSubprocess({ path: file }, recipe).catch(() => undefined)
    if (!read) continue
    const frames = Math.round(read.source.duration * read.source.frameRate)
    if (Math.abs(frames - numbers[0]) <= Math.max(2, frames / 10)) return
    throw new TubeletError(
      `${list}: line ${line} has ${numbers.join(" ")} after a video of ${frames} frames: ` +
        "no length and label",
      advice,
    )
  }
}

/** Videos to try: the first ones may be missing or damaged. */
const mostTried = 10

const hasLength = ({ isVideo, numbers: [length, label] }: Line) =>
  isVideo && label >= 0 && length >= 0
