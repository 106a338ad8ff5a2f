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
  readonly kind: "views"
  readonly item: ClipItem
  readonly recipe: ClipRecipe<PixelType>
  /** Key of the clip's random stream. */
  readonly key: readonly (number | string)[]
  /** Number of views, each cropped from the same frames by a separate random stream. */
  readonly repeats: number
}

/** Reads the clip at a given time of an item. */
export interface ClipAtTask {
  readonly kind: "clip-at"
  readonly item: ClipItem
  readonly options: ClipAtOptions
}

/** Makes the test views of an item. */
export interface TestTask {
  readonly kind: "test"
  readonly item: ClipItem
  readonly recipe: ViewsRecipe
  readonly key: readonly (number | string)[]
  readonly views: readonly TestView[]
}

export type Task = ViewsTask | TestTask | DecodeTask | ClipAtTask | CheckTask | ReencodeTask

/** What a task returns besides the bytes. */
export type Facts<T extends Task = Task> = FactsOf[T["kind"]]

interface FactsOf {
  readonly views: ReadCosts
  readonly test: undefined
  readonly "clip-at": ClipFacts
  readonly decode: DecodedFacts
  readonly check: CheckFacts
  readonly reencode: ReencodedFacts
}

/** Returns a buffer of the given size to fill. */
export type Target = (bytes: number) => Uint8Array

/** Runs tasks, in this process or in others. */
export interface TaskRunner {
  /** Fills the buffer from `target`. Rejects if the clip is bad. */
  run<T extends Task>(task: T, target: Target): Promise<Facts<T>>
  close(): void
}

type Kind = Task["kind"]
/** The task of a kind. */
type TaskOf<K extends Kind> = Extract<Task, { readonly kind: K }>

const handlers: {
  readonly [K in Kind]: (task: TaskOf<K>, target: Target) => Promise<FactsOf[K]>
} = {
  async views({ item, recipe, key, repeats }, target) {
    const streams = Array.from({ length: repeats }, (_, repeat) => repeatRandom(key, repeat))
    const into = target(repeats * viewBytes(recipe))
    const { seconds } = await readTimedViews(item, recipe, streams, into)
    return { seconds, subprocessSeconds: 0 }
  },
  async test({ item, recipe, key, views }, target) {
    await readTestViews(item, recipe, views, random(...key), target(testBytes(recipe, views)))
    return undefined
  },
  async "clip-at"({ item, options }, target) {
    const { data, ...facts } = await readClipAt(item, options)
    target(data.length).set(data)
    return facts
  },
  decode: decodeClip,
  check: checkClip,
  reencode,
}

export const runTask = <K extends Kind>(task: TaskOf<K>, target: Target): Promise<FactsOf[K]> =>
  handlers[task.kind as K](task, target)

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
