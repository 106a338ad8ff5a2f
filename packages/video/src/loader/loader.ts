import { availableParallelism } from "node:os"
import { TubeletError } from "@tubelet/core"
import { type Place, Sampler } from "@tubelet/core/random"
import { transformersOf } from "../augment/resolve.js"
import { requireFit } from "../cache/fit.js"
import { add, type PartSeconds } from "../clip/part-seconds.js"
import type { PixelType } from "../clip/pixel-type.js"
import { type ClipRecipe, pixelsIn } from "../clip/recipe.js"
import { viewBytes } from "../clip/views.js"
import { type ClipItem, isCached } from "../item.js"
import { requireSampling } from "../sampling/kinds.js"
import { decoders, threadPool } from "../workers/pool.js"
import type { ReadCosts, TaskRunner } from "../workers/task.js"
import type { Batch, SkippedClip } from "./batch.js"
import { type ReadSample, readSample } from "./sample-reader.js"
import { Tally } from "./tally.js"
import { requireWhole } from "./whole.js"

export interface LoadOptions<P extends PixelType = "u8"> extends ClipRecipe<P> {
  readonly items: readonly ClipItem[]
  /** Clips per batch on this rank. */
  readonly batch: number
  /**
   * Repeated augmentation (the authors' `num_sample`): each clip is decoded once and transformed
   * this many times, each from a separate random stream. A batch has `batch * repeats` samples.
   * Default: 1.
   */
  readonly repeats?: number
  /** Default: 0. */
  readonly seed?: number
  /** Sample position to start from: a batch's `next`. Default: 0. */
  readonly start?: number
  /** This process among the `world` processes that share the stream. Default: 0 of 1. */
  readonly rank?: number
  readonly world?: number
  /**
   * Subprocesses that decode, or threads that read a cache; 0 uses the main thread. Default: half
   * of the cores; all of them for a cache.
   */
  readonly workers?: number
  /** Batches to prepare ahead. Default: 2; always 0 without workers. */
  readonly prefetch?: number
  /** A clip that takes longer counts as bad. Default: 60. */
  readonly timeoutSeconds?: number
  /** Continue even if more than half of the clips are bad. Default: false. */
  readonly allowMissing?: boolean
  /** Called for every clip that was skipped and replaced. */
  readonly onSkip?: (skipped: SkippedClip) => void
}

/**
 * Endless batches of clips, reshuffled each epoch; an epoch's last batch may be smaller. The same
 * seed gives the same bytes for any number of workers and any start. Ending the loop ends the
 * workers.
 *
 * @throws TubeletError if no clip can be read, or more than half of the clips tried are bad.
 */
export async function* load<P extends PixelType = "u8">(
  options: LoadOptions<P>,
): AsyncGenerator<Batch<P>, never, void> {
  await check(options)
  const { batch, rank = 0, world = 1, start = 0, onSkip } = options
  const workers = options.workers ?? defaultWorkers(options.items)
  const ahead = workers === 0 ? 0 : (options.prefetch ?? 2)
  const runner = runnerFor(options, workers)
  const order = new Sampler(options.items.length, options.seed ?? 0)
  const tally = new Tally(options.items.filter(({ missing }) => !missing).length)
  const queue: Planned[] = []
  let planned = start
  const plan = () => {
    // All ranks slice the same large batch, so they agree on where an epoch ends.
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
      if (!options.allowMissing) count(clips.read, tally)
      // Refilled before the consumer works; at most `ahead` batches are in memory.
      while (queue.length < ahead) plan()
      const made = assemble(clips, options, { epoch, next }, asked)
      if (onSkip) made.skipped.forEach(onSkip)
      yield made
    }
  } finally {
    runner.close()
  }
}

/** Default number of workers of `load`. */
export function defaultWorkers(items: readonly ClipItem[]): number {
  const cores = availableParallelism()
  return items.every(isCached) ? cores : Math.max(1, cores >> 1)
}

function runnerFor(
  { items, timeoutSeconds = 60 }: LoadOptions<PixelType>,
  workers: number,
): TaskRunner {
  const allDecoded = workers > 0 && items.every(isCached)
  return allDecoded ? threadPool(workers) : decoders(workers, timeoutSeconds)
}

interface Planned {
  readonly read: Promise<ReadBatch>
  readonly epoch: number
  readonly next: number
}

interface ReadBatch {
  /** The bytes of all clips. */
  readonly clips: Uint8Array<ArrayBuffer>
  readonly read: readonly ReadSample[]
}

function readBatch(
  runner: TaskRunner,
  { items, repeats = 1, seed = 0, ...options }: LoadOptions<PixelType>,
  places: readonly Place[],
): Promise<ReadBatch> {
  const recipe = recipeOf(options)
  const bytes = repeats * viewBytes(recipe)
  // Not zeroed: every byte is overwritten, and a batch has megabytes.
  const clips = new Uint8Array(Buffer.allocUnsafeSlow(places.length * bytes).buffer)
  const reads = places.map((place, i) => {
    const into = clips.subarray(i * bytes, (i + 1) * bytes)
    return readSample(runner, { items, recipe, repeats, seed }, place, into)
  })
  const all = Promise.all(reads).then((read) => ({ clips, read }))
  // Not unhandled: the consumer sees the failure when it reaches this batch.
  all.catch(() => {})
  return all
}

/** The recipe without the other options: what a worker is sent. */
const recipeOf = ({
  frames,
  stride,
  size,
  sampling,
  transforms,
  pixels,
}: ClipRecipe<PixelType>) => ({
  ...{ frames, stride, size, transforms },
  ...(sampling && { sampling }),
  ...(pixels && { pixels }),
})

function count(samples: readonly ReadSample[], tally: Tally): void {
  for (const { read, skipped } of samples) {
    tally.good(read)
    for (const { index, reason, missing } of skipped) if (!missing) tally.bad(index, reason)
  }
  tally.check()
}

function assemble<P extends PixelType>(
  { clips, read }: ReadBatch,
  { items, frames, size, pixels, repeats = 1 }: LoadOptions<P>,
  { epoch, next }: Pick<Planned, "epoch" | "next">,
  asked: number,
): Batch<P> {
  const labels = read.flatMap(({ read }) => Array<number>(repeats).fill(items[read].label ?? -1))
  return {
    clips: pixelsIn(clips, pixels),
    ...(!labels.includes(-1) && { labels: Int32Array.from(labels) }),
    shape: [read.length * repeats, frames, size, size, 3],
    samples: read.flatMap(({ skipped: _, read: __, costs: ___, ...sample }) =>
      Array.from({ length: repeats }, (_, repeat) => ({ ...sample, repeat })),
    ),
    ...{ epoch, next },
    dataSeconds: (performance.now() - asked) / 1000,
    skipped: read.flatMap(({ skipped }) => skipped),
    costs: summed(read.map(({ costs }) => costs)),
  }
}

function summed(costs: readonly ReadCosts[]): ReadCosts {
  const seconds: PartSeconds = {}
  for (const one of costs) {
    for (const [part, more] of Object.entries(one.seconds)) add(seconds, part, more)
  }
  const subprocessSeconds = costs.reduce((sum, one) => sum + one.subprocessSeconds, 0)
  return { seconds, subprocessSeconds }
}

async function check(options: LoadOptions<PixelType>): Promise<void> {
  const { items, batch, frames, stride, size, start = 0, rank = 0, world = 1 } = options
  const counts = { batch, frames, stride, size, world, repeats: options.repeats ?? 1 }
  for (const [name, value] of Object.entries(counts)) requireWhole(name, value, 1)
  const places = { start, rank, workers: options.workers ?? 0 }
  for (const [name, value] of Object.entries(places)) requireWhole(name, value, 0)
  if (rank >= world) {
    const problem = `rank is ${rank}, but world is ${world}`
    throw new TubeletError(problem, "rank must be from 0 to world - 1")
  }
  if (items.length === 0) throw new TubeletError("the data set is empty", "pass at least one clip")
  if (options.sampling !== undefined) requireSampling(options.sampling)
  for (const item of items) if (isCached(item)) requireFit(item.cached, options)
  await transformersOf(options.transforms)
}
