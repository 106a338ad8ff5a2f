import { type Backend, type DeviceArray, disposeAll } from "@tubelet/core"
import type { PixelType } from "@tubelet/video"
import type { ClipData } from "../data/clips.js"
import { failedStep } from "./failed-step.js"
import { Feed, type StepData } from "./feed.js"
import type { Replay } from "./find-nan.js"
import { requireFinite } from "./finite.js"
import type { RunLength } from "./length.js"
import type { Scoring } from "./scoring.js"
import { disposeState, optimizerEntries, type TrainState, whileReserved } from "./state.js"
import { compileStepper, type Stepper } from "./stepper.js"
import type { RunState, RunStore, Saved, StepMetrics } from "./store.js"
import type { AnyTask } from "./task.js"

/** Everything that a run needs. */
export interface Run<S> extends RunLength {
  readonly task: AnyTask<S>
  readonly backend: Backend
  readonly data: ClipData<PixelType>
  /** Creates the state, after the step is compiled. */
  readonly begin: () => Promise<TrainState>
  /** Where to start. */
  readonly from: RunState
  /** Undefined if the task has no scores. */
  readonly scoring: Scoring | undefined
  /** The checkpoint it resumes from, if any, then each new one. */
  readonly saved: Saved
  readonly store: RunStore | undefined
  /** Passed to the store, which keeps it with the run. */
  readonly config: unknown
  readonly saveEvery: number
  readonly signal: AbortSignal | undefined
  readonly onNotice: (message: string) => void
  readonly onCompile: ((done: number) => void) | undefined
  /** Names the first op that yields NaN or Inf. */
  readonly findNan: boolean
}

/** What the iterator yields after a step. */
export interface StepResult extends StepMetrics {
  /** Steps in the whole run. */
  readonly steps: number
  /** Whether the run is finished: at its last step, or out of patience. */
  readonly finished: boolean
  /** The checkpoint saved after this step, if one was. */
  readonly checkpoint?: string
  /** The weights after this step, on the device: the next step overwrites them. */
  readonly weights: Readonly<Record<string, DeviceArray>>
}

/** Compiles the step and repeats it to the end of the run, or until `signal` is aborted. */
export async function* runSteps<S>(run: Run<S>): AsyncGenerator<StepResult, void, void> {
  const { task, backend, accumulate, onCompile: onProgress } = run
  const feed = new Feed(run, run.from)
  if (run.from.step < run.steps) feed.prepare() // Clips are decoded while the step is compiled.
  try {
    const stepper = await whileReserved(backend, task, { accumulate }, () =>
      compileStepper(backend, task, { accumulate, onProgress }),
    )
    let state: TrainState | undefined
    let replay: Replay<S> | undefined
    try {
      state = await run.begin()
      // Loaded only if requested: most runs never need it.
      const finding = run.findNan ? await import("./find-nan.js") : undefined
      replay = await finding?.compileReplay(backend, task, { state, accumulate })
      yield* repeat(run, { feed, stepper, state, replay })
    } finally {
      if (state) disposeState(state)
      await Promise.all([stepper.dispose(), replay?.dispose()])
    }
  } finally {
    feed.close()
    await task.release?.(backend)
  }
}

interface Parts<S> {
  readonly feed: Feed<S>
  readonly stepper: Stepper<S>
  readonly state: TrainState
  readonly replay: Replay<S> | undefined
}

/** Saves the last complete step when the loop ends, except after an error within a step. */
async function* repeat<S>(run: Run<S>, parts: Parts<S>) {
  const { steps, store, signal, scoring } = run
  const { state } = parts
  let { from: progress } = run
  let saved = progress.step
  // During a step, the state may be only partly updated.
  let whole = true
  try {
    if (scoring?.unscored) {
      await store?.begin(run.config, progress.step)
      const metrics = await scoring.score(scoring.unscored, { state, backend: run.backend })
      yield result(run, state, metrics, run.saved.checkpoint)
    }
    while (progress.step < steps && !scoring?.isOver() && !signal?.aborted) {
      const began = performance.now()
      const taken = await nextData(run, parts.feed, progress)
      if (!taken) break
      whole = false
      const done = await oneStep(run, parts, progress, { taken, began })
      whole = true
      const first = progress === run.from
      progress = done.progress
      const { step } = progress
      const due = step % run.saveEvery === 0 || step === steps || signal?.aborted === true
      // A run that fails before its first step leaves nothing behind in the store.
      if (first && !scoring?.unscored) await store?.begin(run.config, run.from.step)
      await store?.log(done.metrics)
      if (due) saved = step
      const checkpoint = due ? await save(run, state, progress) : undefined
      const scored = await scoring?.score(done.metrics, { state, backend: run.backend })
      yield result(run, state, scored ?? done.metrics, checkpoint)
    }
  } catch (error) {
    if (whole) throw error
    throw failedStep({ step: progress.step + 1, ...run.saved, cause: error })
  } finally {
    if (whole && progress.step > saved) await save(run, state, progress)
  }
}

const result = <S>(
  { steps, scoring }: Run<S>,
  { params: weights }: TrainState,
  metrics: StepMetrics,
  checkpoint: string | undefined,
): StepResult => {
  const finished = metrics.step === steps || scoring?.isOver() === true
  return { ...metrics, steps, finished, weights, ...(checkpoint && { checkpoint }) }
}

/** The next step's data, with the clips skipped for the first time; undefined if aborted. */
async function nextData<S>(
  { signal, onNotice }: Run<S>,
  feed: Feed<S>,
  progress: RunState,
): Promise<StepData<S> | undefined> {
  const taken = await unlessAborted(feed.next(), signal)
  if (!taken) return undefined
  const skipped = newlySkipped(progress, taken.skipped)
  for (const { path, reason, missing } of skipped) {
    if (!missing) onNotice(`skipped ${reason.includes(path) ? reason : `${path}: ${reason}`}`)
  }
  return { ...taken, skipped }
}

interface Taken<S> {
  readonly taken: StepData<S>
  /** When the step started to wait for it. */
  readonly began: number
}

async function oneStep<S>(
  { task, steps }: Run<S>,
  { feed, stepper, state, replay }: Parts<S>,
  progress: RunState,
  { taken, began }: Taken<S>,
) {
  const dataSeconds = (performance.now() - began) / 1000
  const rates = task.rates(progress.step)
  replay?.remember()
  const result = stepper.run(state, taken.batches, rates)
  const step = progress.step + 1
  if (step < steps) feed.prepare()
  const { loss, gradNorm } = await numbersOf(result)
  const finite = Number.isFinite(loss) && Number.isFinite(gradNorm)
  await replay?.examine(finite, { batches: taken.batches, rates })
  requireFinite(step, loss, gradNorm)
  const { epoch, position, samples, skipped } = taken
  const seconds = (performance.now() - began) / 1000
  const samplesPerSecond = samples / seconds
  const lr = rates.learningRate
  return {
    metrics: { step, epoch, loss, lr, gradNorm, samplesPerSecond, dataSeconds, seconds },
    progress: { ...progress, step, epoch, position, skipped: [...progress.skipped, ...skipped] },
  }
}

/** A step's loss and gradient norm. Frees their handles: garbage collection would be too late. */
async function numbersOf({ loss, gradNorm }: { loss: DeviceArray; gradNorm: DeviceArray }) {
  try {
    const numbers = await Promise.all([loss.item(), gradNorm.item()])
    return { loss: numbers[0], gradNorm: numbers[1] }
  } finally {
    disposeAll({ loss, gradNorm })
  }
}

/** A bad clip is bad in every epoch: it is reported and listed once. */
function newlySkipped(progress: RunState, skipped: RunState["skipped"]): RunState["skipped"] {
  if (skipped.length === 0) return []
  const known = new Set(progress.skipped.map(({ path }) => path))
  return skipped.filter(({ path }) => !known.has(path) && known.add(path))
}

async function save<S>(
  { store, backend, saved }: Run<S>,
  state: TrainState,
  progress: RunState,
): Promise<string | undefined> {
  const checkpoint = await store?.save({
    state: { ...progress, choices: backend.exportTuning?.() ?? progress.choices },
    model: state.params,
    optimizer: optimizerEntries(state),
    ...(state.ema && { ema: { ...state.params, ...state.ema } }),
  })
  saved.checkpoint = checkpoint ?? saved.checkpoint
  return checkpoint
}

/** The promise's value, or undefined as soon as `signal` is aborted. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined) {
  if (!signal) return promise
  return new Promise<T | undefined>((resolve, reject) => {
    const stop = () => resolve(undefined)
    if (signal.aborted) stop()
    signal.addEventListener("abort", stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop))
  })
}
