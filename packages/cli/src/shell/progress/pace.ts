import { duration } from "../duration.js"

export interface Pace {
  /** How many a second; not a number where none were done yet. */
  readonly rate: number
  /** The time for what is left, as text. */
  readonly left: string
}

/** The mean pace since the first call: what was done by then cost no time that was seen. */
export function pace(): (done: number, total: number) => Pace {
  let first: { readonly at: number; readonly done: number } | undefined
  return (done, total) => {
    const now = performance.now()
    first ??= { at: now, done }
    const rate = done > first.done ? (1000 * (done - first.done)) / (now - first.at) : Number.NaN
    const seconds = done < total ? (total - done) / rate : 0
    return { rate, left: Number.isNaN(seconds) ? "-" : duration(seconds) }
  }
}
