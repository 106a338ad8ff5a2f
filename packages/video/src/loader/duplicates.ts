import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { stat } from "node:fs/promises"
import { pipeline } from "node:stream/promises"
import type { ClipItem } from "../item.js"
import { thumbnailSize } from "../workers/check-clip.js"
import type { CheckedClip } from "./check-clips.js"

/** Two clips of different splits that are the same. */
export interface Duplicate {
  readonly paths: readonly [string, string]
  readonly splits: readonly [string, string]
  /** Whether the bytes of the files are equal, or only the frames, as after re-encoding. */
  readonly equal: "bytes" | "frames"
}

export interface FindDuplicatesOptions {
  /** Whether to read files of equal size; otherwise copies are not found. Default: true. */
  readonly copies?: boolean
}

/**
 * Finds clips that are in two splits, among clips that `checkClips` read. Frames are compared by a
 * 64-bit picture hash, then pixel by pixel at 16 x 16: static scenes may be mistaken for each
 * other.
 */
export async function findDuplicates(
  checked: readonly CheckedClip[],
  { copies = true }: FindDuplicatesOptions = {},
): Promise<Duplicate[]> {
  const found = new Map<string, Duplicate>()
  const add = (a: ClipItem, b: ClipItem, equal: Duplicate["equal"]) => {
    if (a.split === undefined || b.split === undefined || !isLeak(a, b)) return
    const key = JSON.stringify([a, b].map(({ path, frames, seconds }) => [path, frames, seconds]))
    if (found.has(key)) return
    found.set(key, { paths: [a.path, b.path], splits: [a.split, b.split], equal })
  }
  const items = checked.map(({ item }) => item)
  for (const [a, b] of pairs(acrossSplits(grouped(items, ({ path }) => path)))) add(a, b, "bytes")
  if (copies) for (const [a, b] of pairs(await digests(items))) add(a, b, "bytes")
  for (const [a, b] of alikePairs(checked)) add(a, b, "frames")
  return [...found.values()]
}

/** Whether a clip of one split tells about another. One list for both val and test is usual. */
const isLeak = (a: ClipItem, b: ClipItem) =>
  a.split !== b.split &&
  overlap(a, b) &&
  (a.path !== b.path || [a.split, b.split].includes("train"))

/** From `start` (0) up to `end` (no end), in seconds or in frames. */
interface Span {
  readonly start?: number
  readonly end?: number
}

/** Whether two parts of one video, or of one folder of frames, have something in common. */
const overlap = (a: ClipItem, b: ClipItem) =>
  meet(a.seconds ?? {}, b.seconds ?? {}) && meet(framesOf(a), framesOf(b))

function meet({ start: from = 0, end: to = Number.POSITIVE_INFINITY }: Span, b: Span) {
  return from < (b.end ?? Number.POSITIVE_INFINITY) && (b.start ?? 0) < to
}

/** Frame numbers; without a start, the first of them is not known, so it may be any. */
function framesOf({ frames }: ClipItem): Span {
  if (frames?.start === undefined) return {}
  return { start: frames.start, end: frames.start + frames.count }
}

/** Items by what their files hold. Files are read if their sizes and beginnings are equal. */
async function digests(items: readonly ClipItem[]): Promise<Iterable<readonly ClipItem[]>> {
  const files = items.filter(({ packed, frames, cached }) => !packed && !frames && !cached)
  const sizes = await Promise.all(files.map(({ path }) => stat(path).catch(() => undefined)))
  const bySize = grouped(files, (_, i) => (sizes[i]?.isFile() ? `${sizes[i].size}` : undefined))
  return await sameDigest(await sameDigest(bySize, beginning))
}

const beginning = 65536

/** Groups of items that stand in several splits. */
const acrossSplits = (groups: Iterable<readonly ClipItem[]>) =>
  [...groups].filter((group) => group.some(({ split }) => split !== group[0].split))

/** Groups of items whose first bytes are equal, if they stand in several splits. */
async function sameDigest(
  groups: Iterable<readonly ClipItem[]>,
  bytes = Number.POSITIVE_INFINITY,
): Promise<(readonly ClipItem[])[]> {
  const found: (readonly ClipItem[])[] = []
  for (const group of acrossSplits(groups)) {
    const digests = new Map<string, string>()
    for (const { path } of group)
      if (!digests.has(path)) digests.set(path, await digestFile(path, bytes))
    for (const same of grouped(group, ({ path }) => digests.get(path))) found.push(same)
  }
  return found
}

async function digestFile(path: string, bytes: number): Promise<string> {
  const hash = createHash("sha256")
  await pipeline(createReadStream(path, { end: bytes - 1 }), hash)
  return hash.digest("hex")
}

function grouped<T>(
  items: readonly T[],
  keyOf: (item: T, i: number) => string | undefined,
): (readonly T[])[] {
  const groups = new Map<string, T[]>()
  for (const [i, item] of items.entries()) {
    const key = keyOf(item, i)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return [...groups.values()]
}

function* pairs<T>(groups: Iterable<readonly T[]>): Generator<readonly [T, T]> {
  for (const group of groups)
    for (const [i, a] of group.entries()) for (const b of group.slice(i + 1)) yield [a, b]
}

/** A clip's thumbnails, and four 16-bit parts of each one's hash. */
interface Print {
  readonly item: ClipItem
  readonly duration: number
  /** Number of frames in the clip. */
  readonly length: number
  readonly thumbnails: Uint8Array
  readonly parts: Uint16Array
}

function* alikePairs(checked: readonly CheckedClip[]): Generator<readonly [ClipItem, ClipItem]> {
  const prints = checked.flatMap(({ item, facts }) => (facts ? printOf(item, facts) : []))
  // Clips with few different bits have a part in common.
  const buckets = new Map<string, Print[]>()
  for (const print of prints) {
    for (const [i, part] of print.parts.entries()) {
      if (part === 0 || part === 0xffff) continue // Of plain areas, which are in many clips.
      const key = `${i} ${part}`
      const bucket = buckets.get(key) ?? []
      for (const other of bucket) if (areAlike(print, other)) yield [other.item, print.item]
      bucket.push(print)
      buckets.set(key, bucket)
    }
  }
}

const pixels = thumbnailSize ** 2

function printOf(
  item: ClipItem,
  { duration, length, thumbnails }: Pick<Print, "duration" | "length" | "thumbnails">,
): Print {
  const frames = thumbnails.length / pixels
  const parts = Array.from({ length: frames }, (_, i) =>
    hashOf(thumbnails.subarray(i * pixels, (i + 1) * pixels)),
  )
  return { item, duration, length, thumbnails, parts: Uint16Array.from(parts.flat()) }
}

/** Which of 8 x 8 areas are lighter than their mean: 64 bits in four parts. */
function hashOf(thumbnail: Uint8Array): number[] {
  const areas = Array.from({ length: 64 }, (_, i) => {
    const at = 2 * thumbnailSize * (i >> 3) + 2 * (i & 7)
    const below = at + thumbnailSize
    return thumbnail[at] + thumbnail[at + 1] + thumbnail[below] + thumbnail[below + 1]
  })
  const mean = areas.reduce((sum, area) => sum + area) / areas.length
  return [0, 16, 32, 48].map((from) =>
    areas.slice(from, from + 16).reduce((bits, area) => 2 * bits + (area >= mean ? 1 : 0), 0),
  )
}

/** Bits in 64 that encoding again may change. */
const mostBits = 10
/** Levels of 255 by which it may change a pixel of a first thumbnail, and of the others. */
const mostLevels = { first: 20, later: 40 }

/**
 * Equal hashes of all frames, and equal pixels: of the first frame, whose time never changes, and
 * of all if there are as many.
 */
function areAlike(a: Print, b: Print): boolean {
  if (a.item.split === b.item.split || a.parts.length !== b.parts.length) return false
  if (Math.abs(a.duration - b.duration) > 0.1 * Math.max(a.duration, b.duration, 1)) return false
  const compared = Math.abs(a.length - b.length) > 1 ? pixels : a.thumbnails.length
  for (let i = 0; i < compared; i++) {
    const most = i < pixels ? mostLevels.first : mostLevels.later
    if (Math.abs(a.thumbnails[i] - b.thumbnails[i]) > most) return false
  }
  for (let frame = 0; frame < a.parts.length; frame += 4) {
    const bits = [0, 1, 2, 3].map((i) => ones(a.parts[frame + i] ^ b.parts[frame + i]))
    if (bits.reduce((sum, n) => sum + n) > mostBits) return false
  }
  return true
}

function ones(bits: number): number {
  let count = 0
  for (let rest = bits; rest > 0; rest >>= 1) count += rest & 1
  return count
}
