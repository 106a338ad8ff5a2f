import { readdir } from "node:fs/promises"
import { TubeletError } from "@tubelet/core"
import {
  type CacheDescription,
  type CacheSettings,
  defaultSettings,
  readDescription,
} from "../cache/format.js"
import type { ClipItem } from "../item.js"
import { requireWhole } from "../loader/whole.js"

export interface CacheOptions {
  /** Their labels and splits are stored; those of clips that are already there are updated. */
  readonly items: readonly ClipItem[]
  /** Class names in the order of the labels. */
  readonly classes?: readonly string[]
  /** The cache's folder. Undamaged clips that it already contains are not decoded again. */
  readonly out: string
  /** Where `discover` found the items, for the notice about an unfinished cache. */
  readonly source?: string
  /** Frames per clip. Default: 16. */
  readonly frames?: number
  /** Video frames from one frame of the clip to the next. Default: 4. */
  readonly stride?: number
  /** Shorter side in pixels; smaller pictures keep their size. Default: 256. */
  readonly shortSide?: number
  /** Clips per video, evenly spread, if it is long enough. Default: 1, from its middle. */
  readonly clipsPerVideo?: number
  /** Size at which a new shard begins. Default: 1 GiB. */
  readonly shardBytes?: number
  /** Subprocesses that decode; 0 uses the main process. Default: one per core. */
  readonly workers?: number
  /** A clip that takes longer counts as unreadable. Default: 60. */
  readonly timeoutSeconds?: number
  /** Continue even if more than half of the clips are unreadable. Default: false. */
  readonly allowMissing?: boolean
  /** Stops after the clips in progress; another call resumes. */
  readonly signal?: AbortSignal
  /** Called for each clip of an earlier call after its checksum was verified. */
  readonly onCheck?: (checked: number, total: number) => void
}

/** The cache's settings, which must match those of an earlier call. */
export async function settingsOf(options: CacheOptions): Promise<CacheSettings> {
  const { out } = options
  const counts = {
    frames: options.frames ?? defaultSettings.frames,
    stride: options.stride ?? defaultSettings.stride,
    shortSide: options.shortSide ?? defaultSettings.shortSide,
    clipsPerVideo: options.clipsPerVideo ?? defaultSettings.clipsPerVideo,
  }
  for (const [name, count] of Object.entries(counts)) requireWhole(name, count, 1)
  const found = await readDescription(out)
  if (!found) await requireNothingElse(out)
  for (const [name, count] of Object.entries(counts) as [keyof typeof counts, number][]) {
    if (!found || found[name] === count) continue
    throw new TubeletError(
      `${out} contains a cache with ${name} ${found[name]}, not ${count}`,
      "use the same settings to resume it, or choose another folder",
    )
  }
  return { format: "tubelet-cache", version: 1, ...counts }
}

/**
 * The classes of a cache that is there, or else of the clips to add.
 *
 * @throws TubeletError if both have classes, but not the same: labels would change their meaning.
 */
export function classesOf(
  { out, classes = [] }: CacheOptions,
  found: CacheDescription | undefined,
): readonly string[] {
  const { classes: before = [] } = found ?? {}
  if (before.length === 0) return classes
  const i = classes.findIndex((name, i) => name !== before[i])
  if (classes.length === 0 || (i < 0 && classes.length === before.length)) return before
  const at = i < 0 ? classes.length : i
  throw new TubeletError(
    `${out} contains a cache whose class ${at} is ${before[at] ?? "missing"}, ` +
      `not ${classes[at] ?? "missing"}`,
    "use the same data set to resume it, or choose another folder",
  )
}

/** A folder of other files would be taken for a cache from then on. */
async function requireNothingElse(out: string): Promise<void> {
  const names: readonly string[] = await readdir(out).catch(() => [])
  const [other] = names.filter((name) => !name.startsWith("."))
  if (other === undefined) return
  throw new TubeletError(
    `${out} contains ${other} but no cache`,
    "choose an empty folder or one that does not exist yet",
  )
}
