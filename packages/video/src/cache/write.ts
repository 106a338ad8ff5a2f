import { readdir } from "node:fs/promises"
import { availableParallelism } from "node:os"
import { resolve } from "node:path"
import { setImmediate } from "node:timers/promises"
import { TubeletError } from "@tubelet/core"
import { makeFolder, removeFolders, writeText } from "@tubelet/core/files"
import type { ClipItem } from "../dataset/item.js"
import { machineError } from "../decode/machine.js"
import { processPool } from "../loader/pool.js"
import { leastTried, requireSound } from "../loader/tally.js"
import { inProcess, type TaskRunner } from "../loader/task.js"
import type { DecodedFacts } from "./decode.js"
import {
  type CacheDescription,
  type CacheSettings,
  type ClipName,
  clipKey,
  defaultSettings,
  descriptionFile,
  isStored,
  readDescription,
  readIndex,
  type StoredClip,
  videoKey,
} from "./format.js"
import { cachedItem, closeShards, isWhole } from "./read.js"
import { openShards } from "./shard-writer.js"
import { seenTo } from "./unfinished.js"

export interface CacheOptions {
  readonly items: readonly ClipItem[]
  /** The cache's folder. What it holds already, and whole, is not decoded again. */
  readonly out: string
  /** Where `discover` found the items: what is said of an unfinished cache names it. */
  readonly source?: string
  /** Frames of a clip. Default 16. */
  readonly frames?: number
  /** Frames of the video from one frame of the clip to the next. Default 4. */
  readonly stride?: number
  /** Pixels of the shorter side; smaller pictures keep their size. Default 256. */
  readonly shortSide?: number
  /** Clips of a video that is long enough, evenly spread over it. Default 1, from its middle. */
  readonly clipsPerVideo?: number
  /** Size at which a new shard begins. Default 1 GiB. */
  readonly shardBytes?: number
  /** Child processes that decode; 0 decodes in this one. Default: one a core. */
  readonly workers?: number
  /** A clip that takes longer counts as unreadable. Default 60. */
  readonly timeoutSeconds?: number
  /** Whether more than half of the clips may be unreadable: otherwise that ends the work. */
  readonly allowMissing?: boolean
  /** Ends after the clips in progress; run again to go on. */
  readonly signal?: AbortSignal
  /** Told of every clip of an earlier call whose bytes were compared with their checksum. */
  readonly onCheck?: (checked: number, total: number) => void
}

export interface CacheProgress {
  /** Clips seen to, unreadable ones too, of so many there can be. */
  readonly done: number
  readonly total: number
  /** Clips that the cache holds, and their bytes that were written now. */
  readonly clips: number
  readonly bytes: number
  /** The clip that could not be read, where this is about one. */
  readonly unreadable?: { readonly path: string; readonly reason: string }
}

interface Job {
  readonly item: ClipItem
  readonly name: ClipName
}

interface Decoded {
  readonly data: Uint8Array
  readonly facts: DecodedFacts
}

/**
 * Decodes the clips of a data set once, into a folder that `discover` takes for a data set. Yields
 * after each clip. What was written stays valid however it ends; the next call checks it and goes
 * on.
 *
 * @throws TubeletError where the folder holds a cache with other settings, the disk is full, or
 * most of the clips cannot be read.
 */
export async function* writeCache(options: CacheOptions): AsyncGenerator<CacheProgress> {
  const { items, out, shardBytes = 2 ** 30, signal, timeoutSeconds = 60 } = options
  const workers = options.workers ?? availableParallelism()
  const settings = await settingsOf(options)
  const all = items.flatMap((item) => clipsOf(item, settings.clipsPerVideo))
  await describe(options, settings, all)
  const known = await knownClips(options, settings)
  const jobs = all.filter(({ name }) => !known.has(name))
  const runner = workers === 0 ? inProcess : processPool(workers, timeoutSeconds)
  const writer = await openShards(out, shardBytes)
  const total = all.length
  let unread = 0
  let progress = { done: total - jobs.length, total, clips: known.stored, bytes: 0 }
  yield progress
  try {
    if (signal?.aborted) return
    for await (const { name, decoded, reason } of decodeAll(runner, jobs, settings, workers)) {
      if (signal?.aborted) return
      progress = { ...progress, done: progress.done + 1 }
      if (!decoded) {
        await writer.addLine({ ...name, unreadable: reason })
        yield { ...progress, unreadable: { path: name.path, reason } }
        unread++
        if (!options.allowMissing) {
          requireSound(unread, progress.done, Math.min(leastTried, total), reason)
        }
        continue
      }
      const { data, facts } = decoded
      if ("start" in facts) {
        await writer.addClip(data, { ...name, ...facts })
        const { clips, bytes } = progress
        progress = { ...progress, clips: clips + 1, bytes: bytes + data.length }
      }
      yield progress
    }
  } finally {
    runner.close()
    await writer.close()
  }
}

const clipsOf = (item: ClipItem, count: number): Job[] =>
  Array.from({ length: count }, (_, clip) => {
    const { path, frames: range } = item
    return { item, name: { path, ...(range && { range }), clip } }
  })

/** Decodes ahead of the writer, and gives the clips in order. */
async function* decodeAll(
  runner: TaskRunner,
  jobs: readonly Job[],
  settings: CacheSettings,
  workers: number,
) {
  const decode = async ({ item, name: { clip } }: Job): Promise<Decoded> => {
    let data: Uint8Array = new Uint8Array()
    const facts = await runner.run({ item, clip, settings }, (bytes) => {
      data = new Uint8Array(bytes)
      return data
    })
    return { data, facts }
  }
  const queue: Promise<{ decoded?: Decoded; reason: string }>[] = []
  let asked = 0
  for (const job of jobs) {
    for (; asked < jobs.length && queue.length <= 2 * workers; asked++) {
      const decoding = decode(jobs[asked]).then((decoded) => ({ decoded, reason: "" }), unreadable)
      // A failure is seen where its clip's turn comes, if it still does.
      decoding.catch(() => {})
      queue.push(decoding)
    }
    yield { ...job, ...(await queue.shift()!) }
  }
}

/** A bad clip is one line of the index; what is wrong with more than the clip ends the work. */
function unreadable(error: unknown): { reason: string } {
  const trouble = machineError(error)
  if (trouble) throw trouble
  if (error instanceof TubeletError && !("path" in error)) throw error
  return { reason: (error as Error).message }
}

/** The settings that are given, which must be those of an earlier call. */
async function settingsOf(options: CacheOptions): Promise<CacheSettings> {
  const { out } = options
  const counts = {
    frames: options.frames ?? defaultSettings.frames,
    stride: options.stride ?? defaultSettings.stride,
    shortSide: options.shortSide ?? defaultSettings.shortSide,
    clipsPerVideo: options.clipsPerVideo ?? defaultSettings.clipsPerVideo,
  }
  for (const [name, count] of Object.entries(counts)) {
    if (Number.isInteger(count) && count > 0) continue
    throw new TubeletError(`${name} is ${count}`, `Give a whole number above 0 for ${name}.`)
  }
  const found = await readDescription(out)
  if (!found) await requireNothingElse(out)
  for (const [name, count] of Object.entries(counts) as [keyof typeof counts, number][]) {
    if (!found || found[name] === count) continue
    throw new TubeletError(
      `${out} holds a cache with ${name} ${found[name]}, not ${count}`,
      "Give the same settings to go on with it, or another folder.",
    )
  }
  return { format: "tubelet-cache", version: 1, ...counts }
}

/** A folder of other things would from then on be taken for a cache. */
async function requireNothingElse(out: string): Promise<void> {
  const names: readonly string[] = await readdir(out).catch(() => [])
  const [other] = names.filter((name) => !name.startsWith("."))
  if (other === undefined) return
  throw new TubeletError(
    `${out} holds ${other} and no cache`,
    "Choose a folder that is empty or does not exist yet.",
  )
}

/** Writes what the folder is going to hold: `jobs`, beside what an earlier call saw to. */
async function describe(
  { out, source }: CacheOptions,
  settings: CacheSettings,
  jobs: readonly Job[],
): Promise<void> {
  const seen = seenTo((await readIndex(out)).lines, settings.clipsPerVideo)
  const total = new Set([...seen, ...jobs.map(({ name }) => clipKey(name))]).size
  const description: CacheDescription = {
    ...settings,
    total,
    ...(source !== undefined && { source: resolve(source) }),
  }
  if (JSON.stringify(await readDescription(out)) === JSON.stringify(description)) return
  const made = await makeFolder(out)
  try {
    await writeText(descriptionFile(out), `${JSON.stringify(description, null, 2)}\n`)
  } finally {
    await removeFolders(made) // Where nothing could be written.
  }
}

/** What the folder holds: clips that are whole, and places where a short video has none. */
async function knownClips({ out, signal, onCheck }: CacheOptions, settings: CacheSettings) {
  const counts = new Map<string, number>()
  const stored = new Map<string, StoredClip>()
  for (const line of (await readIndex(out)).lines.filter(isStored)) {
    counts.set(videoKey(line), line.of)
    stored.set(clipKey(line), line)
  }
  const whole = new Set<string>()
  let checked = 0
  for (const [key, line] of stored) {
    if (signal?.aborted) break
    if (isWhole(cachedItem(out, settings, line))) whole.add(key)
    checked++
    onCheck?.(checked, stored.size)
    // Lets a signal through, and a progress bar.
    await setImmediate()
  }
  closeShards()
  return {
    /** Those that were not checked are still there. */
    stored: stored.size - checked + whole.size,
    has: (name: ClipName) =>
      whole.has(clipKey(name)) ||
      name.clip >= (counts.get(videoKey(name)) ?? Number.POSITIVE_INFINITY),
  }
}
