import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { TubeletError } from "@tubelet/core"
import { decodeText } from "@tubelet/core/text"
import type { ClipItem } from "../item.js"

// A cache of decoded clips is a folder:
// - cache.json: the settings of all clips, and the total that the latest writer intended;
// - shard-00000.bin, ...: concatenated clips, u8 RGB [frames, height, width, 3], no headers;
// - index.jsonl: one line per clip, written after its bytes. A clip without a line does not exist,
//   so a process may be killed at any moment.

/** Settings shared by all clips of a cache. */
export interface CacheSettings {
  readonly format: "tubelet-cache"
  readonly version: 1
  /** Frames per clip. */
  readonly frames: number
  /** Video frames from one frame of the clip to the next. */
  readonly stride: number
  /** Shorter side in pixels; smaller pictures keep their size. */
  readonly shortSide: number
  /** Clips per video, evenly spread, if it is long enough. */
  readonly clipsPerVideo: number
}

export const defaultSettings = { frames: 16, stride: 4, shortSide: 256, clipsPerVideo: 1 } as const

/** The content of cache.json. */
export interface CacheDescription extends CacheSettings {
  /**
   * Clips that the folder has once its latest writer has finished, including unreadable ones and
   * those missing from short videos. Not in old caches.
   */
  readonly total?: number
  /** Where the latest writer's clips were found, if known. */
  readonly source?: string
  /** Class names in the order of the clips' labels, if they have labels. */
  readonly classes?: readonly string[]
}

/** Identifies a clip in the index. */
export interface ClipName {
  /** The file or folder of frames it was decoded from. */
  readonly path: string
  /** The frames of the folder that form the video, if a list says so. */
  readonly range?: ClipItem["frames"]
  /** The part of the video, if a list says so. */
  readonly seconds?: ClipItem["seconds"]
  /** Index of the clip within the video, from 0. */
  readonly clip: number
}

/** A line of the index for a stored clip. */
export interface StoredClip extends ClipName, Pick<ClipItem, "label" | "split"> {
  /** Number of clips of the video. */
  readonly of: number
  /** Seconds from the video's first frame to the clip's. */
  readonly start: number
  /** Frames per second of the video. */
  readonly frameRate: number
  /** Shard number, and the byte in it where the clip begins. */
  readonly shard: number
  readonly offset: number
  readonly width: number
  readonly height: number
  /** CRC-32 of the clip's bytes (as in gzip and PNG). */
  readonly crc32: number
}

/** A line of the index for a clip that could not be read. */
export interface UnreadableClip extends ClipName {
  readonly unreadable: string
}

export type IndexLine = StoredClip | UnreadableClip

export const descriptionFile = (folder: string) => join(folder, "cache.json")
export const indexFile = (folder: string) => join(folder, "index.jsonl")
export const shardFile = (folder: string, shard: number) =>
  join(folder, `shard-${String(shard).padStart(5, "0")}.bin`)

export const clipBytes = (
  { frames }: Pick<CacheSettings, "frames">,
  { width, height }: Pick<StoredClip, "width" | "height">,
) => frames * height * width * 3

/** The description of the cache in a folder; undefined if there is none. */
export async function readDescription(folder: string): Promise<CacheDescription | undefined> {
  const path = descriptionFile(folder)
  const bytes = await readFile(path).catch(() => undefined)
  return bytes && parseDescription(decodeText(bytes, path), path)
}

/** @throws TubeletError naming the file if it does not describe a cache. */
export function parseDescription(text: string, path: string): CacheDescription {
  const found = parsed(text) as Partial<CacheDescription> | undefined
  const counts = [found?.frames, found?.stride, found?.shortSide, found?.clipsPerVideo]
  const { classes = [] } = found ?? {}
  const isValid =
    counts.every((count) => Number.isSafeInteger(count) && count! > 0) &&
    Array.isArray(classes) &&
    classes.every((name) => typeof name === "string")
  if (found?.format === "tubelet-cache" && found.version === 1 && isValid) {
    return found as CacheDescription
  }
  throw new TubeletError(
    `${path} does not describe a cache of clips that this version can read`,
    "delete the folder and write the cache again, or choose another folder",
  )
}

/** A parsed index. */
export interface Index {
  readonly lines: readonly IndexLine[]
  /** Bytes of the complete lines. */
  readonly bytes: number
  /** Whether half a line follows them. */
  readonly isTorn: boolean
}

/** Reads the complete lines of a cache's index; none if there is no index. */
export async function readIndex(folder: string): Promise<Index> {
  const path = indexFile(folder)
  return parseIndex(await readFile(path).catch(() => Buffer.alloc(0)), path)
}

/** @throws TubeletError naming the file and a damaged line. */
export function parseIndex(text: Buffer, path: string): Index {
  const bytes = text.lastIndexOf(10) + 1
  const lines = new TextDecoder().decode(text.subarray(0, bytes)).split("\n").slice(0, -1)
  return {
    bytes,
    isTorn: bytes < text.length,
    lines: lines.map((line, i) => {
      const value = parsed(line)
      if (isLine(value)) return value
      throw new TubeletError(
        `${path}: line ${i + 1} is damaged`,
        "delete the line to drop its clip; writing the cache again restores it",
      )
    }),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isLine(value: unknown): value is IndexLine {
  if (typeof value !== "object" || value === null) return false
  const line = value as Record<string, unknown>
  if (typeof line.path !== "string" || !isCount(line.clip)) return false
  if (typeof line.unreadable === "string") return true
  const { of, shard, offset, width, height, crc32, start, frameRate } = line
  const { range, seconds, label, split } = line
  return (
    [of, shard, offset, crc32].every(isCount) &&
    [width, height].every((size) => isCount(size) && size !== 0) &&
    [start, frameRate].every(Number.isFinite) &&
    (frameRate as number) > 0 &&
    (range === undefined || isRange(range)) &&
    (seconds === undefined || isTimeRange(seconds)) &&
    (label === undefined || isCount(label)) &&
    (split === undefined || typeof split === "string")
  )
}

function isRange(value: unknown): boolean {
  const { start = 0, count } = (value ?? {}) as Record<string, unknown>
  return isCount(start) && isCount(count)
}

function isTimeRange(value: unknown): boolean {
  const { start = 0, end = 0 } = (value ?? {}) as Record<string, unknown>
  return Number.isFinite(start) && Number.isFinite(end)
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0

/** A clip's video as a string. */
export const videoKey = ({ path, range, seconds }: Omit<ClipName, "clip">) => {
  const name = range ? `${path} ${range.start} ${range.count}` : path
  return seconds ? `${name} ${seconds.start}-${seconds.end} s` : name
}

/** A clip as a string. */
export const clipKey = (name: ClipName) => `${name.clip} ${videoKey(name)}`

export const isStored = (line: IndexLine): line is StoredClip => !("unreadable" in line)
