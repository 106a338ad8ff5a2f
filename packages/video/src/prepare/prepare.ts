import { rm, stat } from "node:fs/promises"
import { availableParallelism } from "node:os"
import { dirname, join } from "node:path"
import { makeFolder } from "@tubelet/core/files"
import type { Dataset } from "../dataset/dataset.js"
import { writeList } from "../dataset/write-list.js"
import type { ClipItem } from "../item.js"
import { badClipReason } from "../loader/bad-clip.js"
import { inOrder } from "../workers/in-order.js"
import { decoders } from "../workers/pool.js"
import type { ReencodeTask } from "../workers/reencode.js"
import type { TaskRunner } from "../workers/task.js"
import { fileNames } from "./file-names.js"

export interface PrepareOptions extends Pick<Dataset, "items" | "classes"> {
  /**
   * Folder to write to, outside the data set. Files that an earlier call with the same settings has
   * finished are kept.
   */
  readonly out: string
  /** Shorter side in pixels; smaller clips keep their size. Default: 320. */
  readonly shortSide?: number
  /** Subprocesses that decode and encode; 0 uses the main process. Default: one per core. */
  readonly workers?: number
  /** A clip that takes longer counts as unreadable. Default: 3600. */
  readonly timeoutSeconds?: number
  /** Stops before the next clip; another call resumes. */
  readonly signal?: AbortSignal
}

export interface PreparedClip {
  /** The file, relative to the folder, of this clip and of all that are the same. */
  readonly file: string
  readonly items: readonly ClipItem[]
  /** Size of the file; undefined if the clip cannot be read. */
  readonly bytes?: number
  /** Why it cannot be read. */
  readonly reason?: string
  /** Whether it belongs to the initial sample, which is spread over the data set. */
  readonly sampled: boolean
  /** Number of files of the data set. */
  readonly total: number
}

/**
 * Re-encodes the clips of a data set, so that training reads them faster: smaller, with a key frame
 * every 16 frames and without sound. A sample of the clips comes first, from which the size of all
 * can be estimated.
 *
 * The folder is a data set with the same labels and splits: `split.csv` lists all clips until each
 * was tried, so that an unfinished folder lacks files, and then those that could be read.
 *
 * @throws TubeletError if the folder cannot be written to.
 */
export async function* prepareDataset(options: PrepareOptions): AsyncGenerator<PreparedClip> {
  const { out, signal, timeoutSeconds = 3600 } = options
  const workers = options.workers ?? availableParallelism()
  const jobs = sampleFirst(filesOf(options.items))
  const list = (files: readonly Pick<Job, "file" | "items">[]) =>
    writeList(out, { items: files.flatMap(listed), classes: options.classes })
  // What a killed call left. A process of it that still runs cannot rename its file afterwards.
  await rm(join(out, unfinishedFolder), { recursive: true, force: true })
  await makeFolder(join(out, unfinishedFolder))
  await list(jobs)
  const readable: PreparedClip[] = []
  const runner = decoders(workers, timeoutSeconds)
  const prepare = async (job: Job) => ({
    ...job,
    ...(await prepared(job, runner, options)),
    total: jobs.length,
  })
  try {
    for await (const clip of inOrder(jobs, prepare, workers)) {
      if (clip.bytes !== undefined) readable.push(clip)
      yield clip
      if (signal?.aborted) return
    }
    await list(readable)
  } finally {
    runner.close()
    await rm(join(out, unfinishedFolder), { recursive: true, force: true })
  }
}

const unfinishedFolder = ".unfinished"
let begun = 0

/** A new name for a file that is being written. */
const unfinishedIn = (out: string) => join(out, unfinishedFolder, `${process.pid}-${++begun}`)

async function prepared(
  { file: name, items }: Job,
  runner: TaskRunner,
  { out, shortSide = 320 }: PrepareOptions,
): Promise<Pick<PreparedClip, "bytes" | "reason">> {
  const file = join(out, name)
  const before = await stat(file).catch(() => undefined)
  if (before) return { bytes: before.size }
  await makeFolder(dirname(file))
  try {
    const at = { file, unfinished: unfinishedIn(out) }
    const task: ReencodeTask = { kind: "reencode", item: items[0], ...at, shortSide }
    const { fileBytes } = await runner.run(task, (bytes) => new Uint8Array(bytes))
    return { bytes: fileBytes }
  } catch (error) {
    return { reason: badClipReason(error) }
  }
}

/** A file to write. */
type Job = Pick<PreparedClip, "file" | "items" | "sampled">

/** The files of a data set, each with the items that are the same clip. */
function filesOf(items: readonly ClipItem[]): Omit<Job, "sampled">[] {
  const files = new Map<string, ClipItem[]>()
  fileNames(items).forEach((file, i) => {
    const same = files.get(file)
    if (same) same.push(items[i])
    else files.set(file, [items[i]])
  })
  return [...files].map(([file, items]) => ({ file, items }))
}

/** The items of a file, as they are in its list. */
const listed = ({ file, items }: Pick<Job, "file" | "items">): ClipItem[] =>
  items.map(({ label, split }) => ({
    path: file,
    ...(label !== undefined && { label }),
    ...(split !== undefined && { split }),
  }))

const sampleSize = 8

function sampleFirst(files: readonly Omit<Job, "sampled">[]): Job[] {
  const apart = Math.max(1, Math.floor(files.length / sampleSize))
  const jobs = files.map((file, i) => ({
    ...file,
    sampled: i % apart === 0 && i < apart * sampleSize,
  }))
  return [...jobs.filter(({ sampled }) => sampled), ...jobs.filter(({ sampled }) => !sampled)]
}
