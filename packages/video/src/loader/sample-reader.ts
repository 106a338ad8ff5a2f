import { TubeletError } from "@tubelet/core"
import { type Place, random } from "@tubelet/core/random"
import type { PixelType } from "../clip/pixel-type.js"
import type { ClipRecipe } from "../clip/recipe.js"
import { notFound } from "../decode/not-found.js"
import type { ClipItem } from "../item.js"
import type { ReadCosts, TaskRunner, ViewsTask } from "../workers/task.js"
import { badClipReason } from "./bad-clip.js"
import type { SkippedClip } from "./batch.js"

/** After this many consecutive bad clips, the data set is at fault, not single clips. */
const mostReplacements = 100

export interface ReadSample extends Place {
  readonly path: string
  /** Index in the data set of the clip that was read: another one if the sample's own is bad. */
  readonly read: number
  readonly skipped: readonly SkippedClip[]
  readonly costs: ReadCosts
}

export interface SampleRequest {
  readonly items: readonly ClipItem[]
  readonly recipe: ClipRecipe<PixelType>
  readonly repeats: number
  readonly seed: number
}

/**
 * Reads the crops of a place's clip into `into`. A bad clip is replaced by others in an order keyed
 * by the place, so the bytes depend neither on the workers nor on what was read before.
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
      if (chosen === index) skipped.push({ position, index, ...missing(item) })
      continue
    }
    try {
      const key = ["clip", seed, epoch, index, attempt]
      const task: ViewsTask = { kind: "views", item, recipe, key, repeats }
      const costs = await runner.run(task, () => into)
      return { ...place, path: item.path, read: chosen, skipped, costs }
    } catch (error) {
      skipped.push({ position, index: chosen, path: item.path, reason: badClipReason(error) })
      if (skipped.length === mostReplacements) break
    }
  }
  throw noneReadable(skipped)
}

const missing = ({ path }: ClipItem) =>
  ({ path, missing: true, reason: notFound(path).message }) as const

function noneReadable(skipped: readonly SkippedClip[]): TubeletError {
  const reasons = skipped.slice(0, 3).map(({ reason }) => reason.split("\n")[0])
  const none =
    skipped.length === 1 ? "the only clip could not" : `none of ${skipped.length} clips could`
  return new TubeletError(
    `${none} be read: ${reasons.join("; ")}`,
    "check the data set: the paths in the list, and that the files play",
  )
}

/** The sample's own clip, then the others in random order, drawn only if they are needed. */
function* candidates(count: number, seed: number, { position, index }: Place) {
  yield [0, index] as const
  const others = random("replacement", seed, position)
    .permutation(count)
    .filter((other) => other !== index)
  for (const [i, other] of others.entries()) yield [i + 1, other] as const
}
