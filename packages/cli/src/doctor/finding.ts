/** One thing that was looked for. */
export interface Finding {
  readonly name: string
  /**
   * `slow` things work; `missing` ones are optional; with a `bad` one the main job does not work.
   */
  readonly state: "good" | "slow" | "missing" | "bad"
  readonly found: string
  readonly fix?: string
}
