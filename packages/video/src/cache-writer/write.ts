import { availableParallelism } from "node:os"
import { clipKey, type StoredClip } from "../cache/format.js"
import { Tally } from "../loader/tally.js"
import { decoders } from "../workers/pool.js"
import { decodeAll, type Job, jobsOf, labelled, type Outcome } from "./decode.js"
import { describe, knownClips } from "./known.js"
import { type CacheOptions, settingsOf } from "./options.js"
import { openShards, type ShardWriter } from "./shard-writer.js"

export interface CacheProgress {
  /** Clips processed, including unreadable ones, out of at most `total`. */
  readonly done: number
  readonly total: number
  /** Clips in the cache, and bytes written by this call. */
  readonly clips: number
  readonly bytes: number
  /** Set if the clip just processed could not be read. */
  readonly unreadable?: { readonly path: string; readonly reason: string }
}

/**
 * Decodes the clips of a data set once into a folder that `discover` accepts as a data set. Yields
 * after each clip. Everything written stays valid, no matter how the call ends; the next call
 * checks it and resumes.
 *
 * @throws TubeletError if the folder contains a cache with other settings, the disk is full, or
 * more than half of the clips are unreadable.
 */
export async function* writeCache(options: CacheOptions): AsyncGenerator<CacheProgress> {
  const { items, out, shardBytes = 2 ** 30, signal, timeoutSeconds = 60 } = options
  const workers = options.workers ?? availableParallelism()
  const settings = await settingsOf(options)
  const all = items.flatMap((item) => jobsOf(item, settings.clipsPerVideo))
  await describe(
    options,
    settings,
    all.map(({ name }) => name),
  )
  const known = await knownClips(options, settings)
  const jobs = all.filter(({ name }) => !known.has(name))
  const writer = await openShards(out, shardBytes)
  const runner = decoders(workers, timeoutSeconds)
  const [total, done] = [all.length, all.length - jobs.length]
  const tally = new Tally(total, done)
  let progress: CacheProgress = { done, total, clips: known.stored, bytes: 0 }
  try {
    for (const job of all) await relabel(writer, job, known.lineOf(job.name))
    yield progress
    if (signal?.aborted) return
    for await (const outcome of decodeAll(runner, jobs, settings, 2 * workers)) {
      if (signal?.aborted) return
      progress = await store(writer, outcome, progress)
      yield progress
      count(outcome, tally)
      if (!options.allowMissing) tally.check()
    }
  } finally {
    runner.close()
    await writer.close()
  }
}

/** Appends a new line for a stored clip whose label or split has changed. */
async function relabel(
  writer: ShardWriter,
  { item }: Job,
  line: StoredClip | undefined,
): Promise<void> {
  const { label = line?.label, split = line?.split } = item
  if (!line || (label === line.label && split === line.split)) return
  await writer.addLine({ ...line, ...labelled(item) })
}

/** Adds a clip, or the reason it is unreadable, to the cache. */
async function store(
  writer: ShardWriter,
  { item, name, decoded, reason }: Outcome,
  { unreadable: _, ...before }: CacheProgress,
): Promise<CacheProgress> {
  const progress = { ...before, done: before.done + 1 }
  if (!decoded) {
    await writer.addLine({ ...name, unreadable: reason })
    return { ...progress, unreadable: { path: name.path, reason } }
  }
  const { data, facts } = decoded
  // The video is too short to have this clip.
  if (!("start" in facts)) return progress
  await writer.addClip(data, { ...name, ...labelled(item), ...facts })
  return { ...progress, clips: progress.clips + 1, bytes: progress.bytes + data.length }
}

function count({ name, decoded, reason }: Outcome, tally: Tally): void {
  if (decoded) tally.good(clipKey(name))
  else tally.bad(clipKey(name), reason)
}
