import { random, repeatRandom } from "@tubelet/core/random"
import { closeShards } from "../cache/read.js"
import type { PixelType } from "../clip/pixel-type.js"
import { type ClipAtOptions, type ClipFacts, readClipAt, readTimedViews } from "../clip/read.js"
import { readTestViews, testBytes, type ViewsRecipe } from "../clip/read-test-views.js"
import type { ClipRecipe } from "../clip/recipe.js"
import type { TestView } from "../clip/test-views.js"
import { viewBytes } from "../clip/views.js"
import type { ClipItem } from "../item.js"
import { type CheckFacts, type CheckTask, checkClip } from "./check-clip.js"
import { type DecodedFacts, type DecodeTask, decodeClip } from "./decode-clip.js"
import { type ReencodedFacts, type ReencodeTask, reencode } from "./reencode.js"

/** What reading clips cost. */
export interface ReadCosts {
  /** Seconds by part: `open`, `decode`, and each transform by its name. */
  readonly seconds: Readonly<Record<string, number>>
  /** CPU seconds of decoding subprocesses; this process's `process.cpuUsage` has all others. */
  readonly subprocessSeconds: number
}

/** Makes a training clip's views. It is plain data, so any process gives the same bytes. */
export interface ViewsTask {
  readonly item: ClipItem
  readonly recipe: ClipRecipe<PixelType>
  /** Key of the clip's random stream. */
  readonly key: readonly (number | string)[]
  /** Number of views, each cropped from the same frames by a separate random stream. */
  readonly repeats: number
}

/** Reads the clip at a given time of an item. */
export interface ClipAtTask {
  readonly item: ClipItem
  readonly at: ClipAtOptions
}

/** Makes the test views of an item. */
export interface TestTask {
  readonly item: ClipItem
  readonly recipe: ViewsRecipe
  readonly key: readonly (number | string)[]
  readonly views: readonly TestView[]
}

export type Task = ViewsTask | TestTask | DecodeTask | ClipAtTask | CheckTask | ReencodeTask

/** What a task returns besides the bytes. */
export type Facts<T extends Task = Task> = T extends DecodeTask
  ? DecodedFacts
  : T extends ClipAtTask
    ? ClipFacts
    : T extends CheckTask
      ? CheckFacts
      : T extends ReencodeTask
        ? ReencodedFacts
        : T extends ViewsTask
          ? ReadCosts
          : undefined

/** Returns a buffer of the given size to fill. */
export type Target = (bytes: number) => Uint8Array

/** Runs tasks, in this process or in others. */
export interface TaskRunner {
  /** Fills the buffer from `target`. Rejects if the clip is bad. */
  run<T extends Task>(task: T, target: Target): Promise<Facts<T>>
  close(): void
}

export async function runTask(task: Task, target: Target): Promise<Facts> {
  if ("settings" in task) return decodeClip(task, target)
  if ("check" in task) return checkClip(task, target)
  if ("reencode" in task) return reencode(task)
  if ("at" in task) {
    const { data, ...facts } = await readClipAt(task.item, task.at)
    target(data.length).set(data)
    return facts
  }
  if ("views" in task) {
    const { item, recipe, key, views } = task
    await readTestViews(item, recipe, views, random(...key), target(testBytes(recipe, views)))
    return undefined
  }
  const { item, recipe, key, repeats } = task
  const streams = Array.from({ length: repeats }, (_, repeat) => repeatRandom(key, repeat))
  const into = target(repeats * viewBytes(recipe))
  const { seconds } = await readTimedViews(item, recipe, streams, into)
  return { seconds, subprocessSeconds: 0 }
}

let last: Promise<unknown> = Promise.resolve()

/**
 * Runs tasks in this process, one at a time as a worker does: no start-up cost, but a decoder that
 * crashes ends the program.
 */
export const inProcess: TaskRunner = {
  run<T extends Task>(task: T, target: Target) {
    const done = last.then(() => runTask(task, target) as Promise<Facts<T>>)
    last = done.catch(() => {})
    return done
  },
  close: closeShards,
}
