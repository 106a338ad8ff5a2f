import { availableParallelism } from "node:os"
import { TubeletError } from "@tubelet/core"
import { type Place, Sampler } from "@tubelet/core/random"
import { AUGMENTATIONS, type ClipRecipe } from "../clip/recipe.js"
import type { ClipItem } from "../dataset/item.js"
import type { Batch, SkippedClip } from "./batch.js"
import { ProcessPool } from "./pool.js"
import { type ReadSample, readSample } from "./sample-reader.js"
import { type ClipReader, inProcess } from "./task.js"

export interface LoadOptions extends ClipRecipe {
  readonly items: readonly ClipItem[]
  /** Clips a batch, on this rank. */
  readonly batch: number
  /** Default 0. */
  readonly seed?: number
  /** Sample position to start from: a batch's `next`. Default 0. */
  readonly start?: number
  /** This process among `world` that share the stream. Default 0 of 1. */
  readonly rank?: number
  readonly world?: number
  /** Child processes that decode; 0 decodes in this one. Default: half of the cores. */
  readonly workers?: number
  /** Batches made ahead. Default 2; without workers there are none. */
  readonly prefetch?: number
  /** A clip that takes longer counts as bad. Default 60. */
  readonly timeoutSeconds?: number
  /** Told of every clip that was skipped and replaced. */
  readonly onSkip?: (skipped: SkippedClip) => void
}

/**
 * Endless batches of clips: one epoch after another, each in its own order; the last batch of an
 * epoch may be smaller. The same seed gives the same bytes whatever the number of workers and
 * wherever it starts. Ending the loop ends the worker processes.
 *
 * @throws TubeletError where no clip at all can be read.
 */
export async function* load(options: LoadOptions): AsyncGenerator<Batch, never, void> {
  check(options)
  const { batch, rank = 0, world = 1, start = 0, onSkip } = options
  const workers = options.workers ?? Math.max(1, availableParallelism() >> 1)
  const ahead = workers === 0 ? 0 : (options.prefetch ?? 2)
  const reader = workers === 0 ? inProcess : new ProcessPool(workers, options.timeoutSeconds ?? 60)
  const order = new Sampler(options.items.length, options.seed ?? 0)
  const queue: Planned[] = []
  let planned = start
  const plan = () => {
    // All ranks take from one large batch, so that they agree on where an epoch ends.
    const { places, epoch, next } = order.batch(planned, batch * world)
    const ours = places.slice(rank * batch, (rank + 1) * batch)
    queue.push({ read: readBatch(reader, options, ours), epoch, next })
    planned = next
  }
  try {
    for (;;) {
      const asked = performance.now()
      while (queue.length <= ahead) plan()
      const { read, epoch, next } = queue.shift()!
      const clips = await read
      // Kept full while the consumer works; never more than `ahead` batches are in memory.
      while (queue.length < ahead) plan()
      const made = assemble(clips, options, { epoch, next }, asked)
      if (onSkip) made.skipped.forEach(onSkip)
      yield made
    }
  } finally {
    reader.close()
  }
}

interface Planned {
  readonly read: Promise<ReadSample[]>
  readonly epoch: number
  readonly next: number
}

function readBatch(
  reader: ClipReader,
  { items, seed = 0, frames, stride, size, augment }: LoadOptions,
  places: readonly Place[],
): Promise<ReadSample[]> {
  const recipe = { frames, stride, size, augment }
  const reads = places.map((place) => readSample(reader, items, recipe, seed, place))
  const all = Promise.all(reads)
  // A failure is the consumer's to see when the batch is its turn, not the process's.
  all.catch(() => {})
  return all
}

function assemble(
  read: readonly ReadSample[],
  { frames, size }: ClipRecipe,
  { epoch, next }: Pick<Planned, "epoch" | "next">,
  asked: number,
): Batch {
  const bytes = frames * size * size * 3
  const clips = new Uint8Array(read.length * bytes)
  read.forEach(({ clip }, i) => {
    clips.set(clip, i * bytes)
  })
  return {
    clips,
    shape: [read.length, frames, size, size, 3],
    samples: read.map(({ sample }) => sample),
    ...{ epoch, next },
    dataSeconds: (performance.now() - asked) / 1000,
    skipped: read.flatMap(({ skipped }) => skipped),
  }
}

function check(options: LoadOptions): void {
  const { items, batch, frames, stride, size, start = 0, rank = 0, world = 1 } = options
  const counts = { batch, frames, stride, size, world }
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
  if (!AUGMENTATIONS.includes(options.augment)) {
    const known = AUGMENTATIONS.join(", ")
    throw new TubeletError(`no augmentation is named ${options.augment}`, `Known are ${known}.`)
  }
}
