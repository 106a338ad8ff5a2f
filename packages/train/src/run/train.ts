import { type Backend, TubeletError } from "@tubelet/core"
import type { ClipData } from "../data/clips.js"
import type { StepOptions } from "../step/plan.js"
import { onDevices } from "./devices.js"
import type { RunLength } from "./length.js"
import { runSteps, type StepResult } from "./loop.js"
import { startOf } from "./start.js"
import { type Init, readerOf, readState } from "./state.js"
import type { RunStore, StoredRun } from "./store.js"
import type { Task } from "./task.js"

/** Where and how a run goes, whatever its task. */
export interface RunOptions {
  /**
   * A backend or a factory. After a lost device the factory is called again and the run resumes
   * from the last checkpoint in `out`, or restarts where none was saved, to the same bytes; steps
   * since then are done, and yielded, again. Backends that it opened are disposed of.
   */
  readonly backend: Backend | (() => Promise<Backend>)
  /** Initial weights under official names, or a reader of them. Default: drawn by the seed. */
  readonly init?: Init
  /** Where results go: a folder (Node) or a custom store. Default: nothing is kept. */
  readonly out?: string | RunStore
  /** Resumes from the last checkpoint in `out`, if there is one. */
  readonly resume?: boolean
  /** Steps between checkpoints; one is saved at the end, too. Default: 500. */
  readonly saveEvery?: number
  /** Checkpoints that a folder keeps, 0 for all. Default: 3. */
  readonly keep?: number
  /** Ends the run after the step in progress; a checkpoint is saved. */
  readonly signal?: AbortSignal
  /** What config.json holds. Default: the task, its model and the length of the run. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Told what is worth a line in a log: skipped clips, changes that matter to a resumed run. */
  readonly onNotice?: (message: string) => void
  /**
   * Names the op, and the line, that first yields NaN or Inf. Keeps a second copy of the state for
   * it, from before each step.
   */
  readonly findNan?: boolean
  /** Progress of compilation, from 0 to 1. */
  readonly onCompile?: (done: number) => void
  /** Progress of initializing weights, from 0 to 1; a resumed run reads them without a word. */
  readonly onInit?: (done: number) => void
}

/** A run of any task; the ready-made ones, such as `pretrain`, choose these by a recipe. */
export interface TrainOptions<S> extends RunOptions, Omit<RunLength, "accumulate"> {
  readonly task: Task<S>
  readonly data: ClipData
  /** Micro-batches of a step. Default: 1. */
  readonly accumulate?: number
  /** Of all random numbers. Default: 0. */
  readonly seed?: number
}

/**
 * Runs a task and yields after each step. The same seed gives the same weights, however many
 * workers decode, and whether the run was stopped and resumed or not.
 */
export async function* train<S>(options: TrainOptions<S>): AsyncGenerator<StepResult, void, void> {
  const { backend, signal, onNotice = () => {}, resume = false, data } = options
  if (data.length === 0) throw new TubeletError("the data holds no clips", "give at least one")
  const store = await storeOf(options)
  const run = (backend: Backend, fromCheckpoint: boolean) =>
    begin(options, { store, backend, resume: resume || fromCheckpoint })
  try {
    if (typeof backend !== "function") yield* run(backend, false)
    else yield* onDevices(run, { open: backend, onNotice, signal })
  } finally {
    await store?.close()
  }
}

interface Place {
  readonly backend: Backend
  readonly store: RunStore | undefined
  readonly resume: boolean
}

/** Begins a run on one backend, or resumes it there, and goes to its end. */
async function* begin<S>(options: TrainOptions<S>, { backend, store, resume }: Place) {
  const { task, data, steps, batch, accumulate = 1, seed = 0, signal } = options
  const { saveEvery = 500, findNan = false, onNotice = () => {}, init = seed } = options
  const { onCompile, onInit, config = configOf(options) } = options
  const stored = resume ? await store?.latest(onNotice) : undefined
  if (resume && !stored) onNotice("no checkpoint to resume from: the run starts anew")
  try {
    const run = { task, data, backend, steps, batch, accumulate, onNotice }
    const from = await startOf(stored?.state, { ...run, seed })
    if (from.step >= steps || signal?.aborted) return
    const read = stored ?? { model: readerOf(task.model, init) }
    const onProgress = stored ? undefined : onInit
    if (stored) tellOfAverage(stored, task.step, onNotice)
    yield* runSteps({
      ...{ ...run, from, store, config, saveEvery, signal, findNan, onCompile },
      begin: () => readState(backend, task.model, read, { step: task.step, onProgress }),
      checkpoint: stored?.name,
    })
  } finally {
    await stored?.close()
  }
}

/** What tells a run apart where nobody says more. */
const configOf = <S>({ task, steps, batch, accumulate = 1, seed = 0 }: TrainOptions<S>) => ({
  ...{ task: task.name, model: task.model.config, steps, batch, accumulate, seed },
})

function tellOfAverage(stored: StoredRun, { ema }: StepOptions, tell: (line: string) => void) {
  if (ema !== undefined && !stored.ema) tell("the average of the weights begins with this step")
  if (ema === undefined && stored.ema) {
    tell("the average of the weights ends here: checkpoints hold none from now on")
  }
}

async function storeOf({ out, keep, resume = false }: RunOptions) {
  if (typeof out !== "string") return out
  // Files are Node's: a page that never asks for a folder never loads this.
  const { openRunFolder } = await import("../files/run-folder.js")
  return openRunFolder(out, { resume, ...(keep !== undefined && { keep }) })
}
