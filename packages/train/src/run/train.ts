import { type Backend, TubeletError, type Values } from "@tubelet/core"
import type { PixelType } from "@tubelet/video"
import type { ClipData } from "../data/clips.js"
import type { Schedule } from "../recipe/schedule.js"
import { onDevices } from "./devices.js"
import type { RunLength } from "./length.js"
import { runSteps, type StepResult } from "./loop.js"
import { startOf } from "./start.js"
import { type Init, readerOf, readState } from "./state.js"
import type { RunStore, Saved } from "./store.js"
import type { Task } from "./task.js"

/** Options common to all tasks. */
export interface RunOptions {
  /**
   * A backend or a factory. After a lost device the factory is called again and the run resumes
   * from the last checkpoint in `out`, or starts over if there is none. The steps since then are
   * run and yielded again; the final weights are bit-identical. Backends from the factory are
   * disposed of.
   */
  readonly backend: Backend | (() => Promise<Backend>)
  /** Initial weights under official names, or a reader of them. Default: drawn with `seed`. */
  readonly init?: Init
  /** Where results go: a folder (Node) or a custom store. Default: nothing is saved. */
  readonly out?: string | RunStore
  /** Resumes from the last checkpoint in `out`, if there is one. */
  readonly resume?: boolean
  /** Steps between checkpoints; the last step is always saved. Default: 500. */
  readonly saveEvery?: number
  /** Checkpoints to keep in a folder; 0 keeps all. Default: 3. */
  readonly keep?: number
  /** Also writes the metrics in `out` as an event file of TensorBoard. */
  readonly log?: "tensorboard"
  /** Ends the run after this many evaluations in a row without a better score. Default: never. */
  readonly patience?: number
  /** The names of the classes, by label: written to labels.json. */
  readonly classes?: readonly string[]
  /** The learning rate of each step, instead of the recipe's. */
  readonly learningRates?: Schedule
  /** Ends the run after the step in progress; a checkpoint is saved. */
  readonly signal?: AbortSignal
  /** The contents of config.json. Default: the task, its model and the length of the run. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Called with messages worth logging: skipped clips, changes that affect a resumed run. */
  readonly onNotice?: (message: string) => void
  /**
   * Names the first op that yields NaN or Inf, and its line. Needs memory for a second copy of the
   * state.
   */
  readonly findNan?: boolean
  /** Progress of compilation, from 0 to 1. */
  readonly onCompile?: (done: number) => void
  /** Progress of initializing weights, from 0 to 1; not called for a resumed run. */
  readonly onInit?: (done: number) => void
}

/** A run of any task; ready-made ones such as `pretrain` take these from a recipe. */
export interface TrainOptions<S, P extends PixelType = "u8">
  extends RunOptions,
    Omit<RunLength, "accumulate"> {
  readonly task: Task<S, Values<S>, P>
  readonly data: ClipData<P>
  /** Micro-batches per step. Default: 1. */
  readonly accumulate?: number
  /** Seed of all random numbers. Default: 0. */
  readonly seed?: number
}

/**
 * Runs a task and yields after each step. The same seed gives the same weights, regardless of the
 * number of workers and of interruptions.
 */
export async function* train<S, P extends PixelType = "u8">(
  given: TrainOptions<S, P>,
): AsyncGenerator<StepResult, void, void> {
  const options = { ...given, task: scheduled(given) }
  const { backend, signal, onNotice = () => {}, resume = false, data, patience, task } = options
  if (data.length === 0) throw new TubeletError("the data has no clips", "pass at least one")
  if (patience !== undefined) (await import("./scoring.js")).requireScores(patience, task)
  const store = await storeOf(options)
  const run = (backend: Backend, saved: Saved) =>
    begin(options, { store, backend, saved, resume: resume || saved.checkpoint !== undefined })
  try {
    if (typeof backend !== "function") yield* run(backend, { checkpoint: undefined })
    else yield* onDevices(run, { open: backend, onNotice, signal })
  } finally {
    await store?.close()
  }
}

interface Place {
  readonly backend: Backend
  readonly store: RunStore | undefined
  readonly saved: Saved
  readonly resume: boolean
}

/** Starts or resumes a run on one backend, and runs it to the end. */
async function* begin<S, P extends PixelType>(
  options: TrainOptions<S, P>,
  { backend, store, saved, resume }: Place,
) {
  const { task, data, steps, batch, accumulate = 1, seed = 0, signal } = options
  const { saveEvery = 500, findNan = false, onNotice = () => {}, init = seed } = options
  const { onCompile, onInit, config = configOf(options) } = options
  const stored = resume ? await store?.latest(onNotice) : undefined
  if (resume && !stored) onNotice("no checkpoint to resume from; starting a new run")
  try {
    const run = { task, data, backend, steps, batch, accumulate, onNotice }
    const from = await startOf(stored?.state, { ...run, seed })
    saved.checkpoint = stored?.name
    // Loaded only for a task that has scores.
    const { scoringOf } = task.evaluate ? await import("./scoring.js") : {}
    const scores = { task, steps, saveEvery, store, signal, onNotice, patience: options.patience }
    const scoring = scoringOf?.(scores, stored)
    const over = from.step >= steps || scoring?.isOver()
    if ((over && !scoring?.unscored) || signal?.aborted) return
    const read = stored ?? { model: readerOf(task.model, init) }
    const onProgress = stored ? undefined : onInit
    if (stored) {
      const { reportAverage } = await import("./resume.js")
      reportAverage(stored, task.step, onNotice)
    }
    yield* runSteps({
      ...{ ...run, from, scoring, store, config, saveEvery, signal, findNan, onCompile },
      begin: () => readState(backend, task.model, read, { step: task.step, onProgress }),
      saved,
    })
  } finally {
    await stored?.close()
  }
}

/** The default contents of config.json. */
const configOf = <S, P extends PixelType>({
  task,
  steps,
  batch,
  accumulate = 1,
  seed = 0,
}: TrainOptions<S, P>) => ({
  ...{ task: task.name, model: task.model.config, steps, batch, accumulate, seed },
})

/** The task, with other learning rates if they are given. */
function scheduled<S, P extends PixelType>({ task, learningRates }: TrainOptions<S, P>) {
  if (!learningRates) return task
  const rates = (step: number) => ({ ...task.rates(step), learningRate: learningRates(step) })
  return { ...task, rates }
}

async function storeOf({ out, keep, classes, log, resume = false }: RunOptions) {
  if (typeof out !== "string") return out
  // Loaded only for a folder, which needs Node.
  const { openRunFolder } = await import("../files/run-folder.js")
  return openRunFolder(out, {
    resume,
    ...(keep !== undefined && { keep }),
    ...(classes && { classes }),
    ...(log && { log }),
  })
}
