import { availableParallelism } from "node:os"
import { TubeletError } from "@tubelet/core"
import { type Place, Sampler } from "@tubelet/core/random"
import { requireFit } from "../cache/fit.js"
import { augmentations, type ClipRecipe } from "../clip/recipe.js"
import { viewBytes } from "../clip/views.js"
import { type ClipItem, isCached } from "../dataset/item.js"
import type { Batch, SkippedClip } from "./batch.js"
import { processPool, threadPool } from "./pool.js"
import { type ReadSample, readSample } from "./sample-reader.js"
import { Tally } from "./tally.js"
import { inProcess, type TaskRunner } from "./task.js"

export interface LoadOptions extends ClipRecipe {
  readonly items: readonly ClipItem[]
  /** Clips a batch, on this rank. */
  readonly batch: number
  /**
   * Repeated augmentation (VideoMAE V2's `num_sample`): each clip is decoded once and cropped this
   * many times, each from a separate random stream. A batch holds `batch * repeats`. Default: 1.
   */
  readonly repeats?: number
  /** Default 0. */
  readonly seed?: number
  /** Sample position to start from: a batch's `next`. Default 0. */
  readonly start?: number
  /** This process among `world` that share the stream. Default 0 of 1. */
  readonly rank?: number
  readonly world?: number
  /**
   * Child processes that decode, or threads that read a cache; 0 works in this one. Default: half
   * of the cores, or for a cache all of them.
   */
  readonly workers?: number
  /** Batches made ahead. Default 2; without workers there are none. */
  readonly prefetch?: number
  /** A clip that takes longer counts as bad. Default 60. */
  readonly timeoutSeconds?: number
  /** Whether more than half of the clips may be bad: otherwise that ends the loop. */
  readonly allowMissing?: boolean
  /** Told of every clip that was skipped and replaced. */
  readonly onSkip?: (skipped: SkippedClip) => void
}

/**
 * Endless batches of clips: one epoch after another, each in its own order; the last batch of an
 * epoch may be smaller. The same seed gives the same bytes whatever the number of workers and
 * wherever it starts. Ending the loop ends the worker processes.
 *
 * @throws TubeletError where no clip at all can be read, or most of those that were tried are bad.
 */
export async function* load(options: LoadOptions): AsyncGenerator<Batch, never, void> {
  check(options)
  const { batch, rank = 0, world = 1, start = 0, onSkip } = options
  const workers = options.workers ?? defaultWorkers(options.items)
  const ahead = workers === 0 ? 0 : (options.prefetch ?? 2)
  const runner = runnerFor(options, workers)
  const order = new Sampler(options.items.length, options.seed ?? 0)
  const tally = new Tally(options.items.filter(({ missing }) => !missing).length)
  const queue: Planned[] = []
  let planned = start
  const plan = () => {
    // All ranks take from one large batch, so that they agree on where an epoch ends.
    const { places, epoch, next } = order.batch(planned, batch * world)
    const ours = places.slice(rank * batch, (rank + 1) * batch)
    queue.push({ read: readBatch(runner, options, ours), epoch, next })
    planned = next
  }
  try {
    for (;;) {
      const asked = performance.now()
      while (queue.length <= ahead) plan()
      const { read, epoch, next } = queue.shift()!
      const clips = await read
      if (!options.allowMissing) tally.add(clips.read)
      // Kept full while the consumer works; never more than `ahead` batches are in memory.
      while (queue.length < ahead) plan()
      const made = assemble(clips, options, { epoch, next }, asked)
      if (onSkip) made.skipped.forEach(onSkip)
      yield made
    }
  } finally {
    runner.close()
  }
}

/** How many workers `load` uses unless told. */
export function defaultWorkers(items: readonly ClipItem[]): number {
  const cores = availableParallelism()
  return items.every(isCached) ? cores : Math.max(1, cores >> 1)
}

function runnerFor({ items, timeoutSeconds = 60 }: LoadOptions, workers: number): TaskRunner {
  if (workers === 0) return inProcess
  return items.every(isCached) ? threadPool(workers) : processPool(workers, timeoutSeconds)
}

interface Planned {
  readonly read: Promise<ReadBatch>
  readonly epoch: number
  readonly next: number
}

interface ReadBatch {
  readonly clips: Uint8Array<ArrayBuffer>
  readonly read: readonly ReadSample[]
}

function readBatch(
  runner: TaskRunner,
  { items, repeats = 1, seed = 0, frames, stride, size, augment }: LoadOptions,
  places: readonly Place[],
): Promise<ReadBatch> {
  const recipe = { frames, stride, size, augment }
  const bytes = repeats * viewBytes(recipe)
  // Not zeroed: every byte is read into, and a batch has megabytes.
  const clips = new Uint8Array(Buffer.allocUnsafeSlow(places.length * bytes).buffer)
  const reads = places.map((place, i) => {
    const into = clips.subarray(i * bytes, (i + 1) * bytes)
    return readSample(runner, { items, recipe, repeats, seed }, place, into)
  })
  const all = Promise.all(reads).then((read) => ({ clips, read }))
  // A failure is the consumer's to see when the batch is its turn, not the process's.
  all.catch(() => {})
  return all
}

function assemble(
  { clips, read }: ReadBatch,
  { frames, size, repeats = 1 }: LoadOptions,
  { epoch, next }: Pick<Planned, "epoch" | "next">,
  asked: number,
): Batch {
  return {
    clips,
    shape: [read.length * repeats, frames, size, size, 3],
    samples: read.flatMap(({ skipped: _, read: __, ...sample }) =>
      Array.from({ length: repeats }, (_, repeat) => ({ ...sample, repeat })),
    ),
    ...{ epoch, next },
    dataSeconds: (performance.now() - asked) / 1000,
    skipped: read.flatMap(({ skipped }) => skipped),
  }
}

function check(options: LoadOptions): void {
  const { items, batch, frames, stride, size, start = 0, rank = 0, world = 1 } = options
  const counts = { batch, frames, stride, size, world, repeats: options.repeats ?? 1 }
  for (const [name, value] of Object.entries(counts)) {
    if (Number.isInteger(value) && value > 0) continue
    throw new TubeletError(`${name} is ${value}`, `Give a whole number above 0 for ${name}.`)
  }
  for (const [name, value] of Object.entries({ start, rank, workers: options.workers ?? 0 })) {
    if (Number.isInteger(value) && value >= 0) continue
    throw new TubeletError(`${name} is ${value}`, `Give a whole number from 0 for ${name}.`)
  }
  if (rank >= world) throw new TubeletError(`rank ${rank} of ${world}`, "Ranks count from 0.")
  if (items.length === 0) throw new TubeletError("the data set is empty", "Give at least one clip.")
  for (const item of items) if (isCached(item)) requireFit(item.cached, options)
  if (!augmentations.includes(options.augment)) {
    const known = augmentations.join(", ")
    throw new TubeletError(`no augmentation is named ${options.augment}`, `Known are ${known}.`)
  }
}
