import { type Backend, TubeletError } from "@tubelet/core"
import { bestOf, evaluationsSinceBest } from "./best.js"
import type { RunLength } from "./length.js"
import type { TrainState } from "./state.js"
import type { RunStore, StepMetrics, StoredRun } from "./store.js"
import type { AnyTask } from "./task.js"

/** What scoring depends on. */
export interface Scored<S> extends Pick<RunLength, "steps"> {
  readonly task: Pick<AnyTask<S>, "evaluate" | "evaluateEvery" | "metric">
  readonly saveEvery: number
  readonly store: RunStore | undefined
  readonly signal: AbortSignal | undefined
  readonly onNotice: (message: string) => void
  /** Evaluations without a better score after which the run ends. Default: never. */
  readonly patience: number | undefined
}

/** The evaluations of a run: loaded only for a task that has some. */
export interface Scoring {
  /** The metrics of the step where a run resumes, if its scores are still to come. */
  readonly unscored: StepMetrics | undefined
  /** A step's metrics, with its scores if they are due; an aborted run is not scored. */
  score(
    metrics: StepMetrics,
    at: { readonly state: TrainState; readonly backend: Backend },
  ): Promise<StepMetrics>
  /** Whether the last evaluations brought no better score, so that the run ends. */
  isOver(): boolean
}

export function scoringOf<S>(run: Scored<S>, stored: StoredRun | undefined): Scoring {
  const { task, store, signal, patience = Number.POSITIVE_INFINITY } = run
  const { metric } = task
  const history = [...(stored?.scored ?? [])]
  const isOver = () => metric !== undefined && evaluationsSinceBest(history, metric) >= patience
  return {
    unscored: unscoredStep(stored, run),
    isOver,
    async score(metrics, { state, backend }) {
      if (signal?.aborted || !isDue(metrics.step, run)) return metrics
      const scores = await task.evaluate?.(state, backend, signal)
      if (!scores) return metrics
      const all = { ...metrics, scores }
      history.push(all)
      // Before the scores are logged: a run killed in between is scored again when it resumes.
      if (metric !== undefined) await saveIfBest(run, state, { metric, history, isOver })
      await store?.log(all)
      return all
    },
  }
}

/** Whether a step is scored. */
const isDue = <S>(step: number, { task, steps, saveEvery }: Scored<S>): boolean =>
  step % (task.evaluateEvery ?? saveEvery) === 0 || step === steps

/** The metrics of a resumed run's last step, if it was to be scored and the run ended before. */
function unscoredStep<S>(stored: StoredRun | undefined, run: Scored<S>): StepMetrics | undefined {
  const metrics = stored?.metrics
  return metrics && !metrics.scores && isDue(metrics.step, run) ? metrics : undefined
}

interface History {
  readonly metric: string
  readonly history: readonly StepMetrics[]
  isOver(): boolean
}

async function saveIfBest<S>(
  { store, onNotice, steps }: Scored<S>,
  { params, ema }: TrainState,
  { metric, history, isOver }: History,
): Promise<void> {
  const [metrics, best] = [history.at(-1)!, bestOf(history, metric)]
  if (metrics === best) await store?.saveBest?.({ model: { ...params, ...ema }, metric, metrics })
  if (!isOver() || metrics.step === steps) return
  const since = evaluationsSinceBest(history, metric)
  const after = best ? ` after step ${best.step}` : ""
  onNotice(`no better ${metric} in ${since} evaluations${after}: stopping at step ${metrics.step}`)
}

/** Throws if `patience` is set but nothing is scored. */
export function requireScores<S>(patience: number, task: Scored<S>["task"]): void {
  if (!(patience >= 1)) throw new TubeletError(`patience ${patience} is below 1`, "pass at least 1")
  if (task.evaluate && task.metric !== undefined) return
  throw new TubeletError("patience needs scores, but no clips are scored", "pass clips to score", {
    code: "NO_SCORES",
  })
}
