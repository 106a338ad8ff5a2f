import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { TubeletError } from "@tubelet/core"
import { decodeText } from "@tubelet/core/text"
import type { ClipItem } from "../dataset/item.js"

// A cache of decoded clips is a folder:
// - cache.json: the settings, the same for all clips, and how many clips the latest writer meant;
// - shard-00000.bin, ...: clips one after another, u8 RGB [frames, height, width, 3], no headers;
// - index.jsonl: one line a clip, written after its bytes. A clip without a line does not exist, so
//   that a process may be killed at any moment.

/** What all clips of a cache have in common. */
export interface CacheSettings {
  readonly format: "tubelet-cache"
  readonly version: 1
  /** Frames of a clip. */
  readonly frames: number
  /** Frames of the video from one frame of the clip to the next. */
  readonly stride: number
  /** Pixels of the shorter side; smaller pictures keep their size. */
  readonly shortSide: number
  /** Clips of a long video, evenly spread. */
  readonly clipsPerVideo: number
}

export const defaultSettings = { frames: 16, stride: 4, shortSide: 256, clipsPerVideo: 1 } as const

/** What cache.json says. */
export interface CacheDescription extends CacheSettings {
  /**
   * The clips that the folder has when its latest writer has finished, unreadable ones and those
   * that shorter videos lack among them. Old caches do not say.
   */
  readonly total?: number
  /** The path that the latest writer's clips were found under, where it was told. */
  readonly source?: string
}

/** What a line of the index is about. */
export interface ClipName {
  /** The file or folder of frames that it was decoded from. */
  readonly path: string
  /** Which frames of a folder are the video, where a list says so. */
  readonly range?: ClipItem["frames"]
  /** Which of the video's clips, from 0. */
  readonly clip: number
}

/** A line of the index: a clip that is stored. */
export interface StoredClip extends ClipName {
  /** How many clips the video has. */
  readonly of: number
  /** Seconds from the video's first frame to the clip's. */
  readonly start: number
  /** Frames a second of the video. */
  readonly frameRate: number
  /** Number of the shard, and the byte of it at which the clip begins. */
  readonly shard: number
  readonly offset: number
  readonly width: number
  readonly height: number
  /** CRC-32 of the clip's bytes (as in gzip and PNG). */
  readonly crc32: number
}

/** A line of the index: a clip that could not be read. */
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

/** The description of the cache in a folder, or undefined where there is none. */
export async function readDescription(folder: string): Promise<CacheDescription | undefined> {
  const path = descriptionFile(folder)
  const bytes = await readFile(path).catch(() => undefined)
  return bytes && parseDescription(decodeText(bytes, path), path)
}

/** @throws TubeletError naming the file where it describes no cache. */
export function parseDescription(text: string, path: string): CacheDescription {
  const found = parsed(text) as Partial<CacheDescription> | undefined
  const counts = [found?.frames, found?.stride, found?.shortSide, found?.clipsPerVideo]
  const sound = counts.every((count) => Number.isSafeInteger(count) && count! > 0)
  if (found?.format === "tubelet-cache" && found.version === 1 && sound) {
    return found as CacheDescription
  }
  throw new TubeletError(
    `${path} describes no cache of clips that this version reads`,
    "Delete the folder and make it again with npx tubelet cache, or give another one.",
  )
}

/** The index's lines in order, and how many bytes they take: a torn last line is none. */
export async function readIndex(folder: string): Promise<{ lines: IndexLine[]; bytes: number }> {
  const path = indexFile(folder)
  return parseIndex(await readFile(path).catch(() => Buffer.alloc(0)), path)
}

/** @throws TubeletError naming the file and the line that is damaged. */
export function parseIndex(text: Buffer, path: string): { lines: IndexLine[]; bytes: number } {
  const bytes = text.lastIndexOf(10) + 1
  const lines = new TextDecoder().decode(text.subarray(0, bytes)).split("\n").slice(0, -1)
  return {
    bytes,
    lines: lines.map((line, i) => {
      const value = parsed(line)
      if (isLine(value)) return value
      throw new TubeletError(
        `${path}: line ${i + 1} is damaged`,
        "Delete the line: its clip is left out, and npx tubelet cache makes it again.",
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
  const { of, shard, offset, width, height, crc32, start, frameRate, range } = line
  return (
    [of, shard, offset, crc32].every(isCount) &&
    [width, height].every((size) => isCount(size) && size !== 0) &&
    [start, frameRate].every(Number.isFinite) &&
    (frameRate as number) > 0 &&
    (range === undefined || isRange(range))
  )
}

function isRange(value: unknown): boolean {
  const { start = 0, count } = (value ?? {}) as Record<string, unknown>
  return isCount(start) && isCount(count)
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0

/** The video that a clip is of, as one text. */
export const videoKey = ({ path, range }: Pick<ClipName, "path" | "range">) =>
  range ? `${path} ${range.start} ${range.count}` : path

/** A clip as one text. */
export const clipKey = (name: ClipName) => `${name.clip} ${videoKey(name)}`

export const isStored = (line: IndexLine): line is StoredClip => !("unreadable" in line)
