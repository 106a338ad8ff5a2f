import type { StepMetrics } from "./store.js"

/** The step with the highest score, the first among equals; undefined if all are NaN. */
export function bestOf(scored: readonly StepMetrics[], metric: string): StepMetrics | undefined {
  const score = (one?: StepMetrics) => one?.scores?.[metric] ?? Number.NEGATIVE_INFINITY
  return scored.reduce<StepMetrics | undefined>(
    (best, one) => (score(one) > score(best) ? one : best),
    undefined,
  )
}

/** The number of evaluations since the best, or of all if there is no best. */
export function evaluationsSinceBest(scored: readonly StepMetrics[], metric: string): number {
  const best = bestOf(scored, metric)
  return scored.length - 1 - (best ? scored.lastIndexOf(best) : -1)
}
