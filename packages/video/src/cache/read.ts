import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import { crc32 } from "@tubelet/core/checksum"
import { MediaError } from "../decode/errors.js"
import type { CachedItem } from "../item.js"
import type { FrameRows } from "../resize/frame-rows.js"
import {
  type CacheSettings,
  clipBytes,
  clipKey,
  isStored,
  readDescription,
  readIndex,
  type StoredClip,
  shardFile,
} from "./format.js"
import { unfinished } from "./unfinished.js"

const repair = "write the cache again with the same settings to replace damaged clips"

/**
 * A cache's clips in the order of its index; undefined if the folder is not a cache. Calls
 * `onNotice` if the cache is unfinished.
 */
export async function readCache(
  folder: string,
  onNotice?: (message: string) => void,
): Promise<CachedItem[] | undefined> {
  const cache = await readDescription(folder)
  if (!cache) return undefined
  const { lines } = await readIndex(folder)
  const notice = unfinished(folder, cache, lines)
  if (notice !== undefined) onNotice?.(notice)
  // The last line counts: concurrent writers may store a clip twice, and repairs and new labels
  // append a new line.
  const clips = new Map(lines.filter(isStored).map((line) => [clipKey(line), line]))
  return Array.from(clips.values(), (line) => cachedItem(folder, cache, line))
}

/** The data set item for a line of the index. */
export function cachedItem(
  folder: string,
  { frames, stride }: Pick<CacheSettings, "frames" | "stride">,
  { path, range, seconds, label, split, of: _, shard, ...clip }: StoredClip,
): CachedItem {
  return {
    path,
    ...(range && { frames: range }),
    ...(seconds && { seconds }),
    ...(label !== undefined && { label }),
    ...(split !== undefined && { split }),
    cached: { ...clip, frames, stride, shard: shardFile(folder, shard) },
  }
}

/** Whether a clip's bytes match its checksum. */
export function isWhole(item: CachedItem): boolean {
  try {
    verify(item)
    return true
  } catch (error) {
    if (error instanceof MediaError) return false
    throw error
  }
}

/** Open shards, and the clips whose checksums were verified. */
const files = new Map<string, number>()
const verified = new Set<string>()

/**
 * A cached clip's frames, starting at `first`, read on demand. The clip's checksum is verified the
 * first time this process opens it.
 *
 * @throws MediaError naming the shard and the clip if its bytes are damaged.
 */
export function cachedRows(item: CachedItem, first = 0, count = item.cached.frames): FrameRows {
  const { shard, offset, width, height } = item.cached
  const key = `${shard} ${offset}`
  if (!verified.has(key)) verify(item)
  verified.add(key)
  const rowBytes = 3 * width
  return {
    count,
    read(frame, y, into) {
      const start = offset + ((first + frame) * height + y) * rowBytes
      if (readFully(shard, into, start) < into.length) throw damaged(item, "ends too early")
    },
  }
}

let buffer = new Uint8Array()

function verify(item: CachedItem): void {
  const { cached } = item
  const bytes = clipBytes(cached, cached)
  // Before allocating: a damaged index may say anything.
  if (cached.offset + bytes > sizeOf(cached.shard)) throw damaged(item, "ends too early")
  if (buffer.length < bytes) buffer = new Uint8Array(bytes)
  const clip = buffer.subarray(0, bytes)
  if (readFully(cached.shard, clip, cached.offset) < bytes) throw damaged(item, "ends too early")
  if (crc32(clip) !== cached.crc32) throw damaged(item, "is damaged: its checksum differs")
}

const damaged = ({ path, cached }: CachedItem, problem: string) =>
  new MediaError(
    cached.shard,
    `clip ${cached.clip} of ${path} at byte ${cached.offset} ${problem}`,
    `${repair}; until then other clips are read instead`,
  )

/** Closes all shards; reading one again reopens and verifies it. */
export function closeShards(): void {
  for (const file of files.values()) closeSync(file)
  files.clear()
  verified.clear()
}

const mostFiles = 64

/** Fills `into` up to the end of the file; returns the number of bytes read. */
function readFully(path: string, into: Uint8Array, offset: number): number {
  const file = fileAt(path)
  let done = 0
  while (done < into.length) {
    const read = readSync(file, into, done, into.length - done, offset + done)
    if (read === 0) break
    done += read
  }
  return done
}

const sizeOf = (path: string): number => fstatSync(fileAt(path)).size

function fileAt(path: string): number {
  const known = files.get(path)
  if (known !== undefined) return known
  if (files.size === mostFiles) {
    const [oldest, file] = files.entries().next().value!
    files.delete(oldest)
    closeSync(file)
  }
  const file = openShard(path)
  files.set(path, file)
  return file
}

function openShard(path: string): number {
  try {
    return openSync(path, "r")
  } catch (cause) {
    const { message } = cause as Error
    throw new MediaError(path, `cannot be opened: ${message}`, repair, { cause })
  }
}
