import { closeSync, openSync, readSync } from "node:fs"
import type { CachedItem } from "../dataset/item.js"
import { MediaError } from "../decode/errors.js"
import { crc32 } from "./checksum.js"
import { clipBytes, isStored, readIndex, readSettings, shardFile } from "./format.js"

/** A cache's clips in the order of its index, or undefined where the folder holds no cache. */
export async function readCache(folder: string): Promise<CachedItem[] | undefined> {
  const settings = await readSettings(folder)
  if (!settings) return undefined
  const { frames, stride } = settings
  const { lines } = await readIndex(folder)
  // Two writers at once may both have stored a clip.
  const clips = new Map(lines.filter(isStored).map((line) => [`${line.clip} ${line.path}`, line]))
  return Array.from(clips.values(), ({ path, of: _, shard, ...clip }) => ({
    path,
    cached: { ...clip, frames, stride, shard: shardFile(folder, shard) },
  }))
}

/** Open shards, and the clips whose bytes were found to be whole. */
const files = new Map<string, number>()
const verified = new Set<string>()
let buffer = new Uint8Array()

/**
 * A cached clip's frames, valid until the next are read. The checksum is compared the first time
 * that this process reads the clip.
 *
 * @throws MediaError naming the shard and the clip where its bytes are not those that were written.
 */
export function readCached({ path, cached }: CachedItem): Uint8Array {
  const { shard, offset, crc32: expected } = cached
  const bytes = clipBytes(cached, cached)
  if (buffer.length < bytes) buffer = new Uint8Array(bytes)
  const clip = buffer.subarray(0, bytes)
  const read = readFully(shard, clip, offset)
  const key = `${shard} ${offset}`
  const whole = read === bytes && (verified.has(key) || crc32(clip) === expected)
  if (whole) {
    verified.add(key)
    return clip
  }
  const problem = read < bytes ? "ends too early" : "is damaged: its checksum differs"
  throw new MediaError(
    shard,
    `clip ${cached.clip} of ${path} at byte ${offset} ${problem}`,
    "Make the cache again with tubelet cache; until then other clips take its place.",
  )
}

const MOST_FILES = 64

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

function fileAt(path: string): number {
  const known = files.get(path)
  if (known !== undefined) return known
  if (files.size === MOST_FILES) {
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
    throw new MediaError(path, `cannot be opened: ${message}`, "Make the cache again.", { cause })
  }
}
