import { type Random, random } from "@tubelet/core/random"
import { transformersOf } from "../augment/resolve.js"
import type { Transformer } from "../augment/transform.js"
import { requireFit } from "../cache/fit.js"
import { cachedRows } from "../cache/read.js"
import { requireValid } from "../decode/require-valid.js"
import type { Source } from "../decode/source.js"
import { type CachedItem, type ClipItem, isCached } from "../item.js"
import { sampledFrameIds } from "../sampling/kinds.js"
import { clipTimes } from "../sampling/times.js"
import { openItem, withSource } from "./open-item.js"
import {
  type PartSeconds,
  timed,
  timedAsync,
  timedSource,
  timedTransformer,
} from "./part-seconds.js"
import type { PixelType } from "./pixel-type.js"
import { type Clip, type ClipRecipe, pixelsIn, prepareClip, viewsBy } from "./recipe.js"
import { drawView, makeViews } from "./views.js"

/**
 * Reads one clip as the recipe samples and transforms it, drawing from `source`.
 *
 * @throws MediaError if the item cannot be read or a frame of the clip is damaged.
 */
export async function readTrainingClip<P extends PixelType = "u8">(
  item: ClipItem,
  recipe: ClipRecipe<P>,
  source: Random,
): Promise<Clip<P>> {
  return (await readTrainingViews(item, recipe, [source]))[0]
}

/**
 * Reads a clip whose frames the first random stream samples, and makes one view per stream:
 * repeated augmentation (Hoffer et al. 2020), as in VideoMAE's fine-tuning and V2's pre-training.
 * The first view equals `readTrainingClip` with the first stream. If `into` is given, it receives
 * the bytes of the views, [views, frames, size, size, 3].
 *
 * @throws MediaError if the item cannot be read or a frame of the clip is damaged.
 */
export async function readTrainingViews<P extends PixelType = "u8">(
  item: ClipItem,
  recipe: ClipRecipe<P>,
  randoms: readonly Random[],
  into?: Uint8Array,
): Promise<Clip<P>[]> {
  return (await readTimedViews(item, recipe, randoms, into)).clips
}

/** `readTrainingViews`, and the seconds of its parts. */
export async function readTimedViews<P extends PixelType>(
  item: ClipItem,
  recipe: ClipRecipe<P>,
  randoms: readonly Random[],
  into?: Uint8Array,
): Promise<{ readonly clips: Clip<P>[]; readonly seconds: PartSeconds }> {
  const seconds: PartSeconds = {}
  const transformers = (await transformersOf(recipe.transforms)).map((transformer, i) =>
    timedTransformer(transformer, recipe.transforms[i], seconds),
  )
  const views = { recipe, transformers, randoms, into }
  const clips = isCached(item)
    ? cachedViews(item, views, seconds)
    : await decodedViews(item, views, seconds)
  return { clips, seconds }
}

interface Views<P extends PixelType> {
  readonly recipe: ClipRecipe<P>
  readonly transformers: readonly Transformer[]
  readonly randoms: readonly Random[]
  readonly into: Uint8Array | undefined
}

async function decodedViews<P extends PixelType>(
  item: ClipItem,
  { recipe, transformers, randoms, into }: Views<P>,
  seconds: PartSeconds,
): Promise<Clip<P>[]> {
  const opened = await timedAsync(seconds, "open", () => openItem(item))
  try {
    const { frameTimes } = opened
    const { frames, stride, sampling = "pretraining" } = recipe
    const from = { videoFrames: frameTimes.length, frames, stride, item, random: randoms[0] }
    const ids = sampledFrameIds(sampling, from)
    const times = Float64Array.from(ids, (id) => frameTimes[id])
    const source = timedSource(opened, seconds)
    const clips = await viewsBy(transformers, source, times, recipe, randoms, into)
    requireValid(item.path, times, clips[0].valid)
    return clips
  } finally {
    opened.close()
  }
}

/** Views of a cached clip, made directly from the shard's bytes. */
function cachedViews<P extends PixelType>(
  item: CachedItem,
  { recipe, transformers, randoms, into }: Views<P>,
  seconds: PartSeconds,
): Clip<P>[] {
  const { width, height, frames, stride, frameRate } = item.cached
  requireFit(item.cached, recipe)
  // A picture is one frame of the clip.
  const first = recipe.frames === 1 ? randoms[0].integer(frames) : 0
  const views = randoms.map((random) => drawView({ width, height }, transformers, recipe, random))
  const rows = timed(seconds, "open", () => cachedRows(item, first, recipe.frames))
  const timestamps = Float64Array.from(
    { length: recipe.frames },
    (_, i) => ((first + i) * stride) / frameRate,
  )
  const valid = new Array<boolean>(recipe.frames).fill(true)
  const made = makeViews(views, rows, { x: 0, y: 0, width, height }, recipe, into)
  return made.map((bytes) => ({ data: pixelsIn(bytes, recipe.pixels), timestamps, valid }))
}

export interface ClipAtOptions extends Omit<ClipRecipe<"u8">, "sampling"> {
  /** Seconds from the first frame. Default: 0. */
  readonly start?: number
  /** Seed of the augmentation. Default: 0. */
  readonly seed?: number
}

/** Properties of a source that remain after it is closed. */
export type SourceFacts = Omit<Source, "frames" | "close" | "frameTimes">

/** A clip's properties without its pixels. */
export type ClipFacts = Omit<Clip, "data"> & { readonly source: SourceFacts }

/**
 * Reads the clip that starts at a given time: frame i is the one displayed at
 * `start + i * stride / frameRate`. Frames missing from the file are flagged, not thrown.
 */
export function readClipAt(
  item: ClipItem,
  { start = 0, seed = 0, ...recipe }: ClipAtOptions,
): Promise<Clip & ClipFacts> {
  return withSource(item, async (opened) => {
    const times = clipTimes(opened, recipe.frames, recipe.stride, start)
    const clip = await prepareClip(opened, times, recipe, random("clip", seed, 0, 0, 0))
    const { path, width, height, rotation, duration, frameRate, codec } = opened
    const source = { path, width, height, rotation, duration, frameRate, codec }
    return { ...clip, source }
  })
}
