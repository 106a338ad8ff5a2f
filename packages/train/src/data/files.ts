import { paths } from "@tubelet/core/files"
import type { PretrainConfig } from "@tubelet/models"
import type { ClipItem } from "@tubelet/video"
import type { ClipData } from "./clips.js"

export interface FileClipsOptions {
  /** A folder (searched deep), one file, a list file, or a cache's folder. */
  readonly path: string
  /** Sizes of the clips to feed, and the system, which decides how they are cropped. */
  readonly config: PretrainConfig
  /** Frames of the video from one frame of the clip to the next; a cache's own, or 4. */
  readonly stride?: number
  /** Repeated augmentation: samples made of each clip, which is decoded once. Default: 1. */
  readonly repeats?: number
  readonly seed?: number
  /** Processes that decode; 0 decodes in this one. */
  readonly workers?: number
  /** Batches decoded ahead. */
  readonly prefetch?: number
  /** Whether more than half of the clips may be missing or bad. */
  readonly allowMissing?: boolean
  /** Told what was passed over or is missing, and where a cache was not written to its end. */
  readonly onNotice?: (message: string) => void
  /** Told how many clips of a list were looked for. */
  readonly onCheck?: (checked: number, total: number) => void
}

export interface FileClips extends ClipData {
  /** Clips whose files were missing at the start; they count in `length`. */
  readonly missing: number
  /** Where the clips are, in order. */
  readonly paths: readonly string[]
  /** Frames of the video from one frame of the clip to the next. */
  readonly stride: number
  readonly repeats: number
  /** Where the clips are that were read so far, in order. */
  pathsRead(): string[]
}

/**
 * The clips of files, sampled and cropped as the authors pre-train: MAE's random resized crops of
 * pictures, VideoMAE's multi-scale crops of videos. Node only.
 */
export async function fileClips({
  path,
  config: { frames, imageSize, system },
  repeats = 1,
  onNotice,
  onCheck,
  ...options
}: FileClipsOptions): Promise<FileClips> {
  const { discover, load } = await import("@tubelet/video")
  const pictures = system === "mae"
  const items = await discover(path, {
    pictures: pictures ? "samples" : "frames",
    ...(onNotice && { onNotice }),
    ...(onCheck && { onCheck }),
    ...(options.allowMissing !== undefined && { allowMissing: options.allowMissing }),
  })
  const read = new Set<string>()
  const stride = pictures ? 1 : (options.stride ?? items[0].cached?.stride ?? 4)
  const recipe = {
    frames,
    stride,
    repeats,
    size: imageSize,
    augment: pictures ? ("random-resized" as const) : ("multi-scale" as const),
  }
  return {
    ...{ length: items.length, stride, repeats },
    missing: items.filter((item) => item.missing).length,
    ...(!pictures && { sampling: { stride } }),
    paths: items.map(({ path }) => path),
    names: await namesOf(items, path),
    pathsRead: () => [...read].sort(),
    async *batches({ batch, start }) {
      for await (const made of load({ ...options, ...recipe, items, batch, start })) {
        for (const { path } of made.samples) read.add(path)
        yield made
      }
    },
  }
}

/** Names that stay when the whole data set is moved. */
async function namesOf(items: readonly ClipItem[], data: string): Promise<string[]> {
  const { dirname, relative, resolve, sep } = await paths()
  const inside = items.some(({ path }) => path.startsWith(resolve(data) + sep))
  const root = inside ? data : dirname(data)
  return items.map(({ path, frames, cached }) => {
    const name = cached ? path : relative(root, path).replaceAll(sep, "/")
    return [name, frames?.start, frames?.count, cached?.clip].join(" ").trimEnd()
  })
}
