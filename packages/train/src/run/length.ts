/** The length of a run and the size of its steps. */
export interface RunLength {
  /** Steps in the whole run. */
  readonly steps: number
  /** Clips per micro-batch, without repeats. */
  readonly batch: number
  /** Micro-batches per step. */
  readonly accumulate: number
}
