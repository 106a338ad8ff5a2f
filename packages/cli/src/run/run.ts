import type { Flags } from "../shell/flag.js"

/** A run of a training command. */
export interface Run {
  readonly command: { readonly name: string; readonly flags: Flags }
  /** The run's folder. */
  readonly out: string
  /** The length of the whole run. */
  readonly steps: number
  /** Whether a page shows it. */
  readonly open: boolean
  /** A line on what to do with the result. */
  next(): string | Promise<string>
  /** Further fields of the JSON result, at the end. */
  results?(): Promise<Readonly<Record<string, unknown>>>
}
