import type { DeviceArray } from "@tubelet/core"
import type { SkippedClip } from "../data/clips.js"
import type { ReadTensor } from "./state.js"

/** One line of metrics.jsonl. */
export interface StepMetrics {
  /** Steps done, this one included. */
  readonly step: number
  /** The epoch of the step's samples, from 0. */
  readonly epoch: number
  readonly loss: number
  /** The learning rate that the step used. */
  readonly lr: number
  /** The global norm of the gradients before clipping. */
  readonly gradNorm: number
  /** Each repeat counts. */
  readonly samplesPerSecond: number
  /** Seconds that the step waited for its data. */
  readonly dataSeconds: number
  /** What the task's evaluation gave, where a checkpoint was due. */
  readonly scores?: Readonly<Record<string, number>>
}

/**
 * What makes a run the run it is: it cannot be resumed as another. The task adds what its steps
 * depend on, such as the model and its masks.
 */
export interface RunIdentity extends Readonly<Record<string, unknown>> {
  readonly task: string
  /** All random numbers are keyed by it, by epoch and sample: there is no other state. */
  readonly seed: number
  /** Samples of one step, over its micro-batches: schedules and epochs count in it. */
  readonly effectiveBatchSize: number
  /** Repeated augmentation: how often a step takes each clip. */
  readonly repeats: number
  readonly optimizer: string
  /** How the data takes clips from its files, where it says so. */
  readonly sampling?: Readonly<Record<string, unknown>>
}

/** What a checkpoint says beside its tensors: enough to resume to the same bytes. */
export interface RunState {
  readonly identity: RunIdentity
  readonly step: number
  readonly epoch: number
  /** Samples taken from the stream of data. */
  readonly position: number
  /** Samples of one micro-batch. */
  readonly batch: number
  /** Clips in the data set. */
  readonly clips: number
  /** Marks of their names, where they have any. */
  readonly clipNames?: string
  readonly backend: string
  readonly threads?: number
  readonly skipped: readonly SkippedClip[]
  /** Choices that a backend made by measurement. */
  readonly choices: Readonly<Record<string, unknown>>
}

export interface Snapshot {
  readonly state: RunState
  /** Weights under official names. */
  readonly model: Readonly<Record<string, DeviceArray>>
  readonly optimizer: Readonly<Record<string, DeviceArray>>
  /** The averaged weights, whole, under the same names. */
  readonly ema?: Readonly<Record<string, DeviceArray>>
}

export interface StoredRun {
  /** The checkpoint's name, as `save` gave it. */
  readonly name: string
  readonly state: RunState
  readonly model: ReadTensor
  readonly optimizer: ReadTensor
  readonly ema?: ReadTensor
  close(): Promise<void>
}

/** Where a run keeps its results: a folder in Node, something else elsewhere. */
export interface RunStore {
  /** The last whole checkpoint; `onNotice` hears of damaged ones after it. */
  latest(onNotice: (message: string) => void): Promise<StoredRun | undefined>
  /**
   * Begins a run whose first step is done, or goes on with it from `step`: metrics after that step
   * are dropped. Once more where the run lost its device and goes on with another.
   */
  begin(config: unknown, step: number): Promise<void>
  log(metrics: StepMetrics): Promise<void>
  /** Saves all or nothing, and gives the checkpoint's name. */
  save(snapshot: Snapshot): Promise<string>
  close(): Promise<void>
}
