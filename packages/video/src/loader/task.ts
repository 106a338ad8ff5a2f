import { repeatRandom } from "@tubelet/core/random"
import { type DecodedFacts, type DecodeTask, decodeClip } from "../cache/decode.js"
import { closeShards } from "../cache/read.js"
import { readTrainingViews } from "../clip/read.js"
import type { ClipRecipe } from "../clip/recipe.js"
import { viewBytes } from "../clip/views.js"
import type { ClipItem } from "../dataset/item.js"

/** All that makes the crops of one clip: plain data, so that it reads the same in any process. */
export interface ViewsTask {
  readonly item: ClipItem
  readonly recipe: ClipRecipe
  /** Key of the clip's random stream. */
  readonly key: readonly (number | string)[]
  /** Crops to make of the same frames, each from a separate random stream. */
  readonly repeats: number
}

export type Task = ViewsTask | DecodeTask

/** What there is to say beside the bytes. */
export type Facts<T extends Task> = T extends DecodeTask ? DecodedFacts : undefined

/** Gives room for a number of bytes. */
export type Target = (bytes: number) => Uint8Array

/** Does tasks: in this process or in others. */
export interface TaskRunner {
  /** Fills what `target` gives. Rejects where the clip is bad. */
  run<T extends Task>(task: T, target: Target): Promise<Facts<T>>
  close(): void
}

export async function runTask(task: Task, target: Target): Promise<DecodedFacts | undefined> {
  if (!("recipe" in task)) return decodeClip(task, target)
  const { item, recipe, key, repeats } = task
  const streams = Array.from({ length: repeats }, (_, repeat) => repeatRandom(key, repeat))
  await readTrainingViews(item, recipe, streams, target(repeats * viewBytes(recipe)))
  return undefined
}

/** Works in this process: no start-up, but a decoder that crashes takes the program along. */
export const inProcess: TaskRunner = {
  run: runTask as TaskRunner["run"],
  close: closeShards,
}
