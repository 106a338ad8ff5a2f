import { type Random, random } from "@tubelet/core/random"
import type { ClipItem } from "../dataset/item.js"
import { MediaError } from "../decode/errors.js"
import { openFrameFolder } from "../decode/frame-folder.js"
import { open } from "../decode/open.js"
import type { Source } from "../decode/source.js"
import { randomClipFrameIds } from "../sampling/pretraining.js"
import { clipTimes } from "../sampling/times.js"
import { type Clip, type ClipRecipe, prepareClip, prepareViews } from "./recipe.js"

/** Opens a data set's item, a video, a picture or a folder of frames. */
export const openItem = ({ path, frames }: ClipItem): Promise<Source> =>
  frames ? openFrameFolder(path, frames) : open(path)

/**
 * Reads one pre-training clip at a random place of an item.
 *
 * @throws MediaError where the item cannot be read, or a frame of the clip is damaged.
 */
export async function readTrainingClip(
  item: ClipItem,
  recipe: ClipRecipe,
  source: Random,
): Promise<Clip> {
  return (await readTrainingViews(item, recipe, [source]))[0]
}

/**
 * Reads a pre-training clip at a place that the first stream of random numbers decides, and makes
 * a view of it for each stream: repeated augmentation (Hoffer et al. 2020), which VideoMAE V2
 * pre-trains with. The first view is what `readTrainingClip` gives for the first stream.
 *
 * @throws MediaError where the item cannot be read, or a frame of the clip is damaged.
 */
export function readTrainingViews(
  item: ClipItem,
  recipe: ClipRecipe,
  randoms: readonly Random[],
): Promise<Clip[]> {
  return withSource(item, async (opened) => {
    const { frameTimes } = opened
    const ids = randomClipFrameIds(frameTimes.length, recipe.frames, recipe.stride, randoms[0])
    const times = Float64Array.from(ids, (id) => frameTimes[id])
    const clips = await prepareViews(opened, times, recipe, randoms)
    const broken = clips[0].valid.indexOf(false)
    if (broken < 0) return clips
    throw new MediaError(
      item.path,
      `damaged at ${times[broken].toFixed(2)} s`,
      "Copy or encode the file again, or leave it out of the data set.",
    )
  })
}

export interface ClipAtOptions extends ClipRecipe {
  /** Seconds from the first frame. Default 0. */
  readonly start?: number
  /** Seeds the augmentation. Default 0. */
  readonly seed?: number
}

/** Facts about a source that outlive it. */
export type SourceFacts = Omit<Source, "frames" | "close" | "frameTimes">

/**
 * Reads the clip that starts at a given time: frame i is the one on show at
 * `start + i * stride / frameRate`. Frames that the file no longer holds are flagged, not thrown.
 */
export function readClipAt(
  item: ClipItem,
  { start = 0, seed = 0, ...recipe }: ClipAtOptions,
): Promise<Clip & { source: SourceFacts }> {
  return withSource(item, async (opened) => {
    const times = clipTimes(opened, recipe.frames, recipe.stride, start)
    const clip = await prepareClip(opened, times, recipe, random("clip", seed, 0, 0, 0))
    const { path, width, height, rotation, duration, frameRate, codec } = opened
    const source = { path, width, height, rotation, duration, frameRate, codec }
    return { ...clip, source }
  })
}

async function withSource<T>(item: ClipItem, use: (source: Source) => Promise<T>): Promise<T> {
  const source = await openItem(item)
  try {
    return await use(source)
  } finally {
    source.close()
  }
}
