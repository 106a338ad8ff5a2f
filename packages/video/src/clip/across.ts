import { random } from "@tubelet/core/random"
import type { Source } from "../decode/source.js"
import { clipTimes } from "../sampling/times.js"
import { publishedTransforms } from "./published.js"
import { type ClipRecipe, prepareClip } from "./recipe.js"

export interface AcrossOptions extends Pick<ClipRecipe, "frames" | "stride" | "size"> {
  readonly count: number
}

/**
 * Reads `count` centre-cropped clips of one source, evenly spaced from start to end: a small data
 * set from a single video.
 *
 * @returns one array per clip, u8 RGB [frames, size, size, 3]
 */
export async function clipsAcross(
  source: Source,
  { frames, stride, size, count }: AcrossOptions,
): Promise<Uint8Array[]> {
  const room = Math.max(0, source.duration - (frames * stride) / source.frameRate)
  const clips: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const start = count > 1 ? (room * i) / (count - 1) : 0
    const times = clipTimes(source, frames, stride, start)
    clips.push(
      (await prepareClip(source, times, { size, transforms: publishedTransforms.centre }, random()))
        .data,
    )
  }
  return clips
}
