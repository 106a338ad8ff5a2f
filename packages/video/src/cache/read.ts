import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import { crc32 } from "@tubelet/core/checksum"
import type { CachedItem } from "../dataset/item.js"
import { MediaError } from "../decode/errors.js"
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

const repair = "Run npx tubelet cache on the folder as before: it makes damaged clips anew."

/**
 * A cache's clips in the order of its index, or undefined where the folder holds no cache.
 * `onNotice` is told where clips are still missing.
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
  // Two writers at once may both have stored a clip, and a later line is of a repaired one.
  const clips = new Map(lines.filter(isStored).map((line) => [clipKey(line), line]))
  return Array.from(clips.values(), (line) => cachedItem(folder, cache, line))
}

/** The item of a data set that a line of the index is. */
export function cachedItem(
  folder: string,
  { frames, stride }: Pick<CacheSettings, "frames" | "stride">,
  { path, range, of: _, shard, ...clip }: StoredClip,
): CachedItem {
  return {
    path,
    ...(range && { frames: range }),
    cached: { ...clip, frames, stride, shard: shardFile(folder, shard) },
  }
}

/** Whether a clip's bytes are those that were written. */
export function isWhole(item: CachedItem): boolean {
  try {
    verify(item)
    return true
  } catch (error) {
    if (error instanceof MediaError) return false
    throw error
  }
}

/** Open shards, and the clips whose bytes were found to be whole. */
const files = new Map<string, number>()
const verified = new Set<string>()

/**
 * A cached clip's frames from `first` on, read as they are asked for. The whole clip's checksum is
 * compared the first time that this process opens it.
 *
 * @throws MediaError naming the shard and the clip where its bytes are not those that were written.
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
  // Before there is memory for it: a damaged index may say anything.
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
    `${repair} Until then other clips take its place.`,
  )

/** Forgets open shards; those that are read again are opened and verified again. */
export function closeShards(): void {
  for (const file of files.values()) closeSync(file)
  files.clear()
  verified.clear()
}

const mostFiles = 64

/** Reads up to the file's end; gives the number of bytes. */
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
