/** How long a run is, and how its steps are made up. */
export interface RunLength {
  /** Steps of the whole run. */
  readonly steps: number
  /** Clips of a micro-batch, whatever their repeats. */
  readonly batch: number
  /** Micro-batches of a step. */
  readonly accumulate: number
}
