import type { Backend, Values } from "@tubelet/core"
import type { ClipBatch } from "../data/clips.js"
import type { Rates, StepPlan } from "../step/plan.js"
import type { TrainState } from "./state.js"

/**
 * What a run does: a step, its rates, and what each step makes of the data. The loop around it
 * (feed, checkpoints, resume, lost devices, NaN) is the same for all. `S` are the specs of a
 * micro-batch, `H` the arrays that the task makes for it.
 */
export interface Task<S, H extends Values<S> = Values<S>> extends StepPlan<S> {
  /** The rates of a step with `step` others before it. */
  rates(step: number): Rates
  /**
   * The arrays of a micro-batch: clips with masks, or with labels. Its random numbers are keyed by
   * the samples, so that a resumed run draws the same. An epoch's last batch has fewer clips than
   * the specs: weights of 0 fill it up.
   */
  assemble(clips: ClipBatch, step: number, backend: Backend): H | Promise<H>
  /** Throws where a whole step's micro-batches hold nothing to learn from. */
  check?(batches: readonly H[]): void
  /** What a resumed run must share with the one that began; kept in checkpoints, as JSON. */
  readonly identity: Readonly<Record<string, unknown>>
  /** Scores of the weights whenever a checkpoint is due; logged with that step's metrics. */
  evaluate?(state: TrainState, backend: Backend): Promise<Readonly<Record<string, number>>>
}
