import { duration } from "../duration.js"

export interface Pace {
  /** Items per second; NaN before the first. */
  readonly rate: number
  /** The remaining time, as text. */
  readonly left: string
}

/** The mean pace since the first call; what was done before it does not count. */
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
