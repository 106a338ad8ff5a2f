/** One thing that doctor looked for. */
export interface Finding {
  readonly name: string
  /**
   * `slow` things work; `missing` ones are optional; `bad` ones prevent training.
   */
  readonly state: "good" | "slow" | "missing" | "bad"
  readonly found: string
  readonly fix?: string
}
