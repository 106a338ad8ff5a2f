import { type Alternatives, overlaid } from "@tubelet/train"
import { UsageError } from "../shell/errors.js"

interface Trials {
  readonly oneBatch?: boolean
  readonly findLr?: boolean
  readonly resume?: boolean
}

/** Steps of a trial. */
export const trialSteps = 100

/**
 * Below the user's settings: the rule's rate for a small batch, and LARS, which changes weights by
 * a small fraction of themselves, would need thousands of steps.
 */
const usual = { steps: trialSteps, lr: 1e-3, optimizer: "adamw" }

/** Nothing random, and each label a single class: what can learn reaches a loss near 0. */
const plain = {
  ...{ warmup: 0, accumulate: 1, repeats: 1, smoothing: 0, mixup: 0, cutmix: 0 },
  ...{ dropPath: 0, headDropout: 0 },
}

/** The settings of a trial, which saves nothing; those of a run as they are. */
export function trialValues<V extends Trials & object>(
  values: V,
  alternatives: readonly Alternatives[],
): V {
  const name = values.oneBatch ? "--one-batch" : values.findLr ? "--find-lr" : undefined
  if (name === undefined) return values
  if (values.resume) throw new UsageError(`${name} does not resume a run`, "omit --resume")
  if (values.oneBatch && values.findLr) {
    throw new UsageError("--one-batch and --find-lr are both set", "set only one of them")
  }
  const layers = values.oneBatch
    ? [usual, values, plain]
    : [values, { steps: trialSteps, warmup: 0 }]
  return layers.reduce((below, above) => overlaid(below, above, alternatives), {}) as V
}
