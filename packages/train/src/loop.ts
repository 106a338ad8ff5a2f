import { type Backend, type DeviceArray, disposeAll } from "@tubelet/core"
import type { PretrainModel } from "@tubelet/models"
import type { ClipData } from "./data/clips.js"
import { type MaskRules, tokenCounts } from "./data/masks.js"
import { failedStep } from "./failed-step.js"
import { Feed, type StepData } from "./feed.js"
import type { Replay } from "./find-nan.js"
import { requireFinite } from "./finite.js"
import { decayRule, learningRates, weightDecays } from "./rates.js"
import type { Recipe } from "./recipe.js"
import type { RunState, RunStore, StepMetrics } from "./run-store.js"
import { disposeState, momentEntries, type TrainState, whileReserved } from "./state.js"
import { compileStepper, type Stepper } from "./stepper.js"

/** All that a run is made of, set up. */
export interface Run {
  readonly model: PretrainModel
  readonly backend: Backend
  readonly data: ClipData
  readonly masks: MaskRules
  readonly recipe: Recipe
  /** Makes the state, once the step is compiled. */
  readonly begin: () => Promise<TrainState>
  /** Where to begin. */
  readonly from: RunState
  /** The checkpoint that it goes on from, if one. */
  readonly checkpoint: string | undefined
  readonly store: RunStore | undefined
  /** What the store keeps to tell the run by. */
  readonly config: unknown
  readonly saveEvery: number
  readonly signal: AbortSignal | undefined
  readonly onNotice: (message: string) => void
  readonly onCompile?: (done: number) => void
  /** Names the op that first gives numbers that are not finite. */
  readonly findNan: boolean
}

/** One step, as the iterator gives it. */
export interface PretrainStepResult extends StepMetrics {
  /** Steps of the whole run. */
  readonly steps: number
  /** The checkpoint saved after this step, if one was. */
  readonly checkpoint?: string
  /** The weights after this step, on the device: the next step overwrites them. */
  readonly weights: Readonly<Record<string, DeviceArray>>
}

/** Compiles the step and repeats it to the run's end, or until `signal` says to stop. */
export async function* trainSteps(run: Run): AsyncGenerator<PretrainStepResult, void, void> {
  const { model, recipe, onCompile } = run
  const { batch, repeats, accumulate, betas, clipGrad, ema } = recipe
  const counts = tokenCounts(model, run.masks)
  const masks = { model, rules: run.masks, counts, seed: recipe.seed }
  const { step, position } = run.from
  const feed = new Feed({ data: run.data, masks, batch, accumulate, step, position })
  feed.prepare() // The first clips are decoded while the step is compiled.
  try {
    const options = {
      ...{ batch: batch * repeats, accumulate, counts, betas },
      decays: decayRule(model.config.system),
      ...(clipGrad !== undefined && { clipGrad }),
      ...(ema !== undefined && { ema }),
      ...(onCompile && { onProgress: onCompile }),
    }
    const stepper = await whileReserved(run.backend, model, options, () =>
      compileStepper(run.backend, model, options),
    )
    let state: TrainState | undefined
    let replay: Replay | undefined
    try {
      state = await run.begin()
      // What most runs never need is loaded when a run asks for it.
      const finding = run.findNan ? await import("./find-nan.js") : undefined
      replay = await finding?.compileReplay(run.backend, model, state, options)
      yield* repeat(run, { feed, stepper, state, replay })
    } finally {
      if (state) disposeState(state)
      await Promise.all([stepper.dispose(), replay?.dispose()])
    }
  } finally {
    feed.close()
  }
}

interface Parts {
  readonly feed: Feed
  readonly stepper: Stepper
  readonly state: TrainState
  readonly replay: Replay | undefined
}

/** However it ends, the last whole step is saved: but for an error within a step, the last done. */
async function* repeat(run: Run, parts: Parts) {
  const { recipe, store, signal, saveEvery } = run
  const { state } = parts
  let { from: progress, checkpoint: last } = run
  let saved = progress.step
  // While a step is computed, the state is none: neither that of before nor that of after.
  let whole = true
  try {
    while (progress.step < recipe.steps && !signal?.aborted) {
      const began = performance.now()
      const taken = await nextData(run, parts.feed, progress)
      if (!taken) break
      whole = false
      const done = await oneStep(run, parts, progress, { taken, began })
      whole = true
      const first = progress === run.from
      progress = done.progress
      // A start that failed has no run to show: the store hears of one that has done a step.
      if (first) await store?.begin(run.config, run.from.step)
      await store?.log(done.metrics)
      const { step } = progress
      const due = step % saveEvery === 0 || step === recipe.steps || signal?.aborted
      if (due) saved = step
      const checkpoint = due ? await save(run, state, progress) : undefined
      last = checkpoint ?? last
      const weights = state.params
      yield { ...done.metrics, steps: recipe.steps, weights, ...(checkpoint && { checkpoint }) }
    }
  } catch (error) {
    if (whole) throw error
    throw failedStep({ step: progress.step + 1, checkpoint: last, cause: error })
  } finally {
    if (whole && progress.step > saved) await save(run, state, progress)
  }
}

/** The next step's data, with the clips it skips first; undefined where the run is to stop. */
async function nextData(
  { signal, onNotice }: Run,
  feed: Feed,
  progress: RunState,
): Promise<StepData | undefined> {
  const taken = await unlessAborted(feed.next(), signal)
  if (!taken) return undefined
  const skipped = newlySkipped(progress, taken.skipped)
  for (const { path, reason, missing } of skipped) {
    if (!missing) onNotice(`skipped ${reason.includes(path) ? reason : `${path}: ${reason}`}`)
  }
  return { ...taken, skipped }
}

interface Taken {
  readonly taken: StepData
  /** When the step began to wait for it. */
  readonly began: number
}

async function oneStep(
  { recipe, model }: Run,
  { feed, stepper, state, replay }: Parts,
  progress: RunState,
  { taken, began }: Taken,
) {
  const dataSeconds = (performance.now() - began) / 1000
  const lr = learningRates(model.config.system, recipe)(progress.step)
  const rates = { learningRate: lr, weightDecay: weightDecays(recipe)(progress.step) }
  replay?.remember()
  const result = stepper.run(state, taken.batches, rates)
  const step = progress.step + 1
  if (step < recipe.steps) feed.prepare()
  const { loss, gradNorm } = await numbersOf(result)
  const finite = Number.isFinite(loss) && Number.isFinite(gradNorm)
  await replay?.examine(finite, { batches: taken.batches, rates })
  requireFinite(step, loss, gradNorm)
  const { epoch, position, samples, skipped } = taken
  const samplesPerSecond = samples / ((performance.now() - began) / 1000)
  return {
    metrics: { step, epoch, loss, lr, gradNorm, samplesPerSecond, dataSeconds },
    progress: { ...progress, step, epoch, position, skipped: [...progress.skipped, ...skipped] },
  }
}

/** A step's numbers. Their handles are freed: in a long run the collector comes too late. */
async function numbersOf({ loss, gradNorm }: { loss: DeviceArray; gradNorm: DeviceArray }) {
  try {
    const numbers = await Promise.all([loss.item(), gradNorm.item()])
    return { loss: numbers[0], gradNorm: numbers[1] }
  } finally {
    disposeAll({ loss, gradNorm })
  }
}

/** A clip that is bad once is bad in every epoch: it is told and listed once. */
function newlySkipped(progress: RunState, skipped: RunState["skipped"]): RunState["skipped"] {
  if (skipped.length === 0) return []
  const known = new Set(progress.skipped.map(({ path }) => path))
  return skipped.filter(({ path }) => !known.has(path) && known.add(path))
}

const save = async (
  { store, backend }: Run,
  state: TrainState,
  progress: RunState,
): Promise<string | undefined> =>
  store?.save({
    state: { ...progress, choices: backend.exportTuning?.() ?? progress.choices },
    model: state.params,
    optimizer: momentEntries(state.moments),
    ...(state.ema && { ema: { ...state.params, ...state.ema } }),
  })

/** The promise's value, or undefined as soon as the run is to stop. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined) {
  if (!signal) return promise
  return new Promise<T | undefined>((resolve, reject) => {
    const stop = () => resolve(undefined)
    if (signal.aborted) stop()
    signal.addEventListener("abort", stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop))
  })
}
