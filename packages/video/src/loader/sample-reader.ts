import { TubeletError } from "@tubelet/core"
import { type Place, random } from "@tubelet/core/random"
import type { ClipRecipe } from "../clip/recipe.js"
import type { ClipItem } from "../dataset/item.js"
import { machineError } from "../decode/machine.js"
import { notFound } from "../decode/not-found.js"
import type { SkippedClip } from "./batch.js"
import type { TaskRunner } from "./task.js"

/** So many clips in a row that cannot be read mean that the data set is wrong, not a clip. */
const mostReplacements = 100

export interface ReadSample extends Place {
  readonly path: string
  /** The place in the data set of the clip that was read: another's, where its own is bad. */
  readonly read: number
  readonly skipped: readonly SkippedClip[]
}

export interface SampleRequest {
  readonly items: readonly ClipItem[]
  readonly recipe: ClipRecipe
  readonly repeats: number
  readonly seed: number
}

/**
 * Reads the crops of a place's clip into `into`. A bad clip is replaced by others in an order keyed
 * by the place, so the bytes depend neither on workers nor on what was read before.
 */
export async function readSample(
  runner: TaskRunner,
  { items, recipe, repeats, seed }: SampleRequest,
  place: Place,
  into: Uint8Array,
): Promise<ReadSample> {
  const { position, epoch, index } = place
  const skipped: SkippedClip[] = []
  for (const [attempt, chosen] of candidates(items.length, seed, place)) {
    const item = items[chosen]
    if (item.missing) {
      if (chosen === index) skipped.push({ position, index, ...gone(item) })
      continue
    }
    try {
      const key = ["clip", seed, epoch, index, attempt]
      await runner.run({ item, recipe, key, repeats }, () => into)
      return { ...place, path: item.path, read: chosen, skipped }
    } catch (error) {
      const trouble = machineError(error)
      if (trouble) throw trouble
      if (error instanceof TubeletError && !("path" in error)) throw error
      const reason = (error as Error).message
      skipped.push({ position, index: chosen, path: item.path, reason })
      if (skipped.length === mostReplacements) break
    }
  }
  const reasons = skipped.slice(0, 3).map(({ reason }) => reason.split("\n")[0])
  const none =
    skipped.length === 1 ? "the only clip could not" : `none of ${skipped.length} clips could`
  throw new TubeletError(
    `${none} be read: ${reasons.join("; ")}`,
    "Check the data set: the list's paths, and that the files play.",
  )
}

const gone = ({ path }: ClipItem) =>
  ({ path, missing: true, reason: notFound(path).message }) as const

/** The sample's own clip, then, only where that one is bad, the others in random order. */
function* candidates(count: number, seed: number, { position, index }: Place) {
  yield [0, index] as const
  const others = random("replacement", seed, position)
    .permutation(count)
    .filter((other) => other !== index)
  for (const [i, other] of others.entries()) yield [i + 1, other] as const
}
