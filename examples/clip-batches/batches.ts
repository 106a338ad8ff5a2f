import { basename } from "node:path"
import { type Batch, discover, filmStrips, load, type Picture } from "@tubelet/video"

export interface BatchOptions {
  readonly frames?: number
  readonly size?: number
  readonly batch?: number
  readonly workers?: number
}

/** An endless stream of batches, u8 [batch, frames, size, size, 3], randomly cropped. */
export async function* batchesOf(folder: string, options: BatchOptions = {}) {
  const recipe = {
    frames: 16,
    stride: 4,
    size: 112,
    batch: 4,
    transforms: ["multi-scale-crop"] as const,
  }
  const items = await discover(folder)
  const onSkip = ({ reason }: { reason: string }) => console.error(`skipped: ${reason}`)
  yield* load({ ...recipe, ...options, items, onSkip })
}

/** A batch as one image: a row per clip, with every second frame. */
export function sheetOf({ clips, shape, samples }: Batch): Picture {
  const [, frames, height, width] = shape
  const bytes = frames * height * width * 3
  const panels = samples.map(({ path }, i) => ({
    caption: basename(path),
    clip: clips.subarray(i * bytes, (i + 1) * bytes),
  }))
  return filmStrips(panels, { height, width }, 2)
}
