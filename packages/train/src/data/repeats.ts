import { TubeletError } from "@tubelet/core"
import type { PixelType } from "@tubelet/video"
import type { ClipData } from "./clips.js"

/** Throws unless the data repeat each clip as often as the recipe says. */
export function requireRepeats({ repeats = 1 }: ClipData<PixelType>, wanted: number): void {
  if (repeats === wanted) return
  throw new TubeletError(
    `the data has ${repeats} repeats, but the recipe has ${wanted}`,
    "set the same `repeats` for both",
  )
}
