import type { CacheSettings, StoredClip } from "../cache/format.js"
import { withSource } from "../clip/open-item.js"
import { shortSideSize } from "../crop/centre.js"
import { requireValid } from "../decode/require-valid.js"
import type { Size } from "../geometry.js"
import type { ClipItem } from "../item.js"
import { rowsInMemory } from "../resize/frame-rows.js"
import { resizePart } from "../resize/resize.js"
import { clipFrameIds, startCount } from "../sampling/pretraining.js"

/** Decodes one clip of an item for a cache. */
export interface DecodeTask {
  readonly kind: "decode"
  readonly item: ClipItem
  /** Index of the clip within the item, from 0. */
  readonly clip: number
  readonly settings: Pick<CacheSettings, "frames" | "stride" | "shortSide" | "clipsPerVideo">
}

/** A decoded clip's index entry; only the number of clips if the item has no such clip. */
export type DecodedFacts =
  | Pick<StoredClip, "of" | "start" | "frameRate" | "width" | "height">
  | { readonly of: number }

/**
 * Fills the buffer from `target` with the clip, u8 RGB [frames, height, width, 3].
 *
 * @throws MediaError if the item cannot be read or a frame of the clip is damaged.
 */
export async function decodeClip(
  { item, clip, settings }: DecodeTask,
  target: (bytes: number) => Uint8Array,
): Promise<DecodedFacts> {
  const { frames, stride, shortSide, clipsPerVideo } = settings
  return withSource(item, async (source) => {
    const { frameTimes, frameRate } = source
    const starts = spread(startCount(frameTimes.length, frames, stride), clipsPerVideo)
    const of = starts.length
    if (clip >= of) return { of }
    const ids = clipFrameIds(frameTimes.length, frames, stride, starts[clip])
    const times = Float64Array.from(ids, (id) => frameTimes[id])
    const decoded = await source.frames(times)
    requireValid(item.path, times, decoded.valid)
    const size = cachedSize(source, shortSide)
    const part = { x: 0, y: 0, width: source.width, height: source.height }
    const into = target(3 * frames * size.width * size.height)
    resizePart(rowsInMemory(decoded.data, part), into, { from: part, part, to: size })
    return { of, start: times[0], frameRate, ...size }
  })
}

/** Everything that later crops need: the shorter side is at most `shortSide`. */
const cachedSize = ({ width, height }: Size, shortSide: number): Size =>
  Math.min(width, height) <= shortSide
    ? { width, height }
    : shortSideSize({ width, height }, shortSide)

/** At most `count` of `places` starts, evenly spread; the middle one if `count` is 1. */
export function spread(places: number, count: number): number[] {
  const taken = Math.min(places, count)
  return Array.from({ length: taken }, (_, i) => Math.floor(((i + 0.5) * places) / taken))
}
