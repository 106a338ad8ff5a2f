import { paths } from "@tubelet/core/files"
import type { PretrainConfig } from "@tubelet/models"
import type { ClipItem, ClipRecipe, PixelType } from "@tubelet/video"
import type { ClipData } from "./clips.js"
import { settingsOf } from "./settings-of.js"

export interface FileClipsOptions<P extends PixelType = "u8">
  extends Partial<Pick<ClipRecipe<P>, "sampling" | "transforms" | "pixels">> {
  /** A folder (searched recursively), one file, a list file, or a cache's folder. */
  readonly path: string
  /** The clips to read, such as one split of `dataset`. Default: all clips at `path`. */
  readonly items?: readonly ClipItem[]
  /** Clip sizes, and the model family, which determines the default transforms. */
  readonly config: Pick<PretrainConfig, "frames" | "imageSize" | "system">
  /** Video frames from one clip frame to the next. Default: that of the cache, or 4. */
  readonly stride?: number
  /** Repeated augmentation: samples per clip, which is decoded once. Default: 1. */
  readonly repeats?: number
  readonly seed?: number
  /** Decoding processes; 0 decodes in this process. */
  readonly workers?: number
  /** Batches decoded ahead. */
  readonly prefetch?: number
  /** Allows more than half of the clips to be missing or bad. */
  readonly allowMissing?: boolean
  /** Called with a message about skipped or missing files, or an unfinished cache. */
  readonly onNotice?: (message: string) => void
  /** Called with the number of clips checked so far. */
  readonly onCheck?: (checked: number, total: number) => void
}

export interface FileClips<P extends PixelType = "u8"> extends ClipData<P> {
  /** Clips whose files were missing at the start; `length` includes them. */
  readonly missing: number
  /** Paths of the clips, in order. */
  readonly paths: readonly string[]
  /** Video frames from one clip frame to the next. */
  readonly stride: number
  readonly repeats: number
  /** Paths of the clips read so far, sorted. */
  pathsRead(): string[]
}

/**
 * Clips from files. By default they are sampled and cropped as in the authors' pre-training: random
 * resized crops of images for MAE, multi-scale crops of videos for VideoMAE. For fine-tuning, pass
 * `transforms`, `sampling` and `pixels`, as for `load` of `@tubelet/video`. Node only.
 */
export async function fileClips<P extends PixelType = "u8">({
  path,
  items: given,
  config: { frames, imageSize, system },
  repeats = 1,
  sampling,
  transforms,
  onNotice,
  onCheck,
  ...options
}: FileClipsOptions<P>): Promise<FileClips<P>> {
  const { discover, load, publishedTransforms, reportMissing } = await import("@tubelet/video")
  const pictures = system === "mae"
  const asked = {
    ...(onNotice && { onNotice }),
    ...(onCheck && { onCheck }),
    ...(options.allowMissing !== undefined && { allowMissing: options.allowMissing }),
  }
  const found = { pictures: pictures ? "samples" : "frames", ...asked } as const
  const items = given ?? (await discover(path, found))
  if (given) reportMissing(given, path, asked)
  const read = new Set<string>()
  const stride = pictures ? 1 : (options.stride ?? items[0]?.cached?.stride ?? 4)
  const recipe = {
    frames,
    stride,
    repeats,
    size: imageSize,
    transforms: transforms ?? publishedTransforms[pictures ? "random-resized" : "multi-scale"],
    ...(sampling && { sampling }),
  }
  const settings = {
    ...(!pictures && { stride }),
    ...(sampling && { sampling }),
    ...(transforms && { transforms: await settingsOf(transforms) }),
  }
  return {
    ...{ length: items.length, stride, repeats },
    missing: items.filter((item) => item.missing).length,
    ...(Object.keys(settings).length > 0 && { sampling: settings }),
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

/** Names that stay the same if the whole data set is moved. */
async function namesOf(items: readonly ClipItem[], data: string): Promise<string[]> {
  const { dirname, relative, resolve, sep } = await paths()
  const inside = items.some(({ path }) => path.startsWith(resolve(data) + sep))
  const root = inside ? data : dirname(data)
  return items.map(({ path, frames, seconds, cached }) => {
    const name = cached ? path : relative(root, path).replaceAll(sep, "/")
    const part = seconds && `${seconds.start ?? 0}-${seconds.end ?? ""} s`
    return [name, frames?.start, frames?.count, cached?.clip, part].join(" ").trimEnd()
  })
}
