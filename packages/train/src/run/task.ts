import type { Backend, Values } from "@tubelet/core"
import type { PixelType } from "@tubelet/video"
import type { ClipBatch } from "../data/clips.js"
import type { Rates, StepPlan } from "../step/plan.js"
import type { TrainState } from "./state.js"

/**
 * What a run computes: a step, its learning rates, and how clips become a batch. The loop around it
 * (feed, checkpoints, resume, lost devices, NaN) is the same for every task. `S` is the type of a
 * micro-batch's specs, `H` that of its arrays, `P` that of its clips' pixels.
 */
export interface Task<S, H extends Values<S> = Values<S>, P extends PixelType = "u8">
  extends StepPlan<S> {
  /** The rates of a step, given the number of steps before it. */
  rates(step: number): Rates
  /**
   * The arrays of a micro-batch: clips with masks, or with labels. Random numbers must be keyed by
   * the samples, so that a resumed run draws the same ones. The last batch of an epoch may have
   * fewer clips than the specs: pad it with weight 0.
   */
  assemble(clips: ClipBatch<P>, step: number, backend: Backend): H | Promise<H>
  /**
   * Frees what `assemble` and `evaluate` hold on a device, after the last step there. `assemble`
   * may still be called for a clip that was being read: it must not use the device then.
   */
  release?(backend: Backend): Promise<void>
  /** Throws if none of a step's micro-batches has anything to learn from. */
  check?(batches: readonly H[]): void
  /** What must be unchanged when the run resumes; stored in checkpoints as JSON. */
  readonly identity: Readonly<Record<string, unknown>>
  /**
   * Scores the weights every `evaluateEvery` steps and after the last one, once a checkpoint that
   * is due has been saved; logged with that step's metrics. Undefined if `signal` was aborted
   * meanwhile.
   */
  evaluate?(
    state: TrainState,
    backend: Backend,
    signal: AbortSignal | undefined,
  ): Promise<Readonly<Record<string, number>> | undefined>
  /** Steps between evaluations. Default: those between checkpoints. */
  readonly evaluateEvery?: number
  /** The score of `evaluate` by which the best weights are kept: the higher, the better. */
  readonly metric?: string
}

/** A task over clips of either pixel type: `train` has checked that its data fit. */
export type AnyTask<S> = Task<S, Values<S>, PixelType>
