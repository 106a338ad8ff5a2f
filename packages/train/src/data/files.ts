import type { PretrainConfig } from "@tubelet/models"
import type { ClipData } from "./clips.js"

export interface FileClipsOptions {
  /** A folder (searched deep), one file, or a list file. */
  readonly path: string
  /** Sizes of the clips to feed, and the system, which decides how they are cropped. */
  readonly config: PretrainConfig
  /** Frames of the video from one frame of the clip to the next; 4 unless given. */
  readonly stride?: number
  readonly seed?: number
  /** Processes that decode; 0 decodes in this one. */
  readonly workers?: number
  /** Batches decoded ahead. */
  readonly prefetch?: number
}

export interface FileClips extends ClipData {
  /** Where the clips are, in order. */
  readonly paths: readonly string[]
}

/**
 * The clips of files, sampled and cropped as the authors pre-train: MAE's random resized crops of
 * pictures, VideoMAE's multi-scale crops of videos. Node only.
 */
export async function fileClips({
  path,
  config: { frames, imageSize, system },
  stride = 4,
  ...options
}: FileClipsOptions): Promise<FileClips> {
  const { discover, load } = await import("@tubelet/video")
  const pictures = system === "mae"
  const items = await discover(path, { pictures: pictures ? "samples" : "frames" })
  const recipe = {
    frames,
    stride: pictures ? 1 : stride,
    size: imageSize,
    augment: pictures ? ("random-resized" as const) : ("multi-scale" as const),
  }
  return {
    length: items.length,
    ...(!pictures && { sampling: { stride } }),
    paths: items.map(({ path }) => path),
    batches: ({ batch, start }) => load({ ...options, ...recipe, items, batch, start }),
  }
}
