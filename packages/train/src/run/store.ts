import type { DeviceArray } from "@tubelet/core"
import type { SkippedClip } from "../data/clips.js"
import type { ReadTensor } from "./state.js"

/** One line of metrics.jsonl: numbers of a step. */
export interface StepMetrics {
  /** Steps completed, including this one. */
  readonly step: number
  /** The epoch of the step's samples, from 0. */
  readonly epoch: number
  readonly loss: number
  /** The learning rate that the step used. */
  readonly lr: number
  /** The global norm of the gradients before clipping. */
  readonly gradNorm: number
  /** Includes repeats. */
  readonly samplesPerSecond: number
  /** Seconds spent waiting for data. */
  readonly dataSeconds: number
  /** Seconds of the whole step, without its evaluation. */
  readonly seconds: number
  /** The task's evaluation, if a checkpoint was due. */
  readonly scores?: Readonly<Record<string, number>>
}

/** Weights that scored better than all before. */
export interface BestWeights {
  /** The weights that were scored, under official names: averaged ones, if there is an average. */
  readonly model: Readonly<Record<string, DeviceArray>>
  /** The score that was compared. */
  readonly metric: string
  readonly metrics: StepMetrics
}

/**
 * The settings that identify a run; it cannot be resumed if any of them differs. The task adds
 * everything its steps depend on, such as the model and its masks.
 */
export interface RunIdentity extends Readonly<Record<string, unknown>> {
  readonly task: string
  /** All random numbers are keyed by seed, epoch and sample; there is no other random state. */
  readonly seed: number
  /** Clips per step, over all micro-batches; the basis of schedules and epochs. */
  readonly effectiveBatchSize: number
  /** Repeated augmentation: samples per clip. */
  readonly repeats: number
  readonly optimizer: string
  /** How the data samples clips from its files, if it says so. */
  readonly sampling?: Readonly<Record<string, unknown>>
}

/** What a checkpoint stores besides its tensors: enough for a bit-identical resume. */
export interface RunState {
  readonly identity: RunIdentity
  readonly step: number
  readonly epoch: number
  /** Position in the stream of data. */
  readonly position: number
  /** Clips per micro-batch. */
  readonly batch: number
  /** Clips in the data set. */
  readonly clips: number
  /** Checksums of their names, if they have any. */
  readonly clipNames?: string
  readonly backend: string
  readonly threads?: number
  readonly skipped: readonly SkippedClip[]
  /** Tuning choices that the backend measured. */
  readonly choices: Readonly<Record<string, unknown>>
}

export interface Snapshot {
  readonly state: RunState
  /** Weights under official names. */
  readonly model: Readonly<Record<string, DeviceArray>>
  readonly optimizer: Readonly<Record<string, DeviceArray>>
  /** The averaged weights, under the same names and complete. */
  readonly ema?: Readonly<Record<string, DeviceArray>>
}

export interface StoredRun {
  /** The checkpoint's name, as returned by `save`. */
  readonly name: string
  readonly state: RunState
  /** What was logged for its step, if anything. */
  readonly metrics?: StepMetrics
  /** What was logged for each step with scores up to this one. */
  readonly scored?: readonly StepMetrics[]
  readonly model: ReadTensor
  readonly optimizer: ReadTensor
  readonly ema?: ReadTensor
  close(): Promise<void>
}

/** The last checkpoint of a run, as named by its store; undefined if nothing is saved yet. */
export interface Saved {
  checkpoint: string | undefined
}

/** Where a run keeps its results: a folder in Node, or a custom store. */
export interface RunStore {
  /** The last complete checkpoint; damaged ones after it are reported to `onNotice`. */
  latest(onNotice: (message: string) => void): Promise<StoredRun | undefined>
  /**
   * Called after the first step of a new run, or when a run resumes at `step`; metrics of later
   * steps are dropped. Called again if the run loses its device and continues on another.
   */
  begin(config: unknown, step: number): Promise<void>
  /** Called again with a step's scores, if it has any: they replace its metrics. */
  log(metrics: StepMetrics): Promise<void>
  /** Saves atomically and returns the checkpoint's name. */
  save(snapshot: Snapshot): Promise<string>
  /** Replaces the best weights atomically. A store without this method keeps none. */
  saveBest?(best: BestWeights): Promise<void>
  close(): Promise<void>
}
