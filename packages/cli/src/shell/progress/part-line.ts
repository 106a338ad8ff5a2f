import type { Output } from "../output.js"
import { meter } from "./meter.js"

/** Quicker work needs no line. */
const quietSeconds = 1.5

export interface PartLine {
  /** The share done, from 0 to 1. */
  update(done: number): void
}

/** Progress in percent of slow work. At 1 the line ends; later work starts a new one. */
export function partLine(output: Output, what: string): PartLine {
  let line: ReturnType<typeof meter> | undefined
  let began: number | undefined
  return {
    update(done) {
      const now = performance.now()
      began ??= now
      if (now - began >= 1000 * quietSeconds) line ??= meter(output, `${what} | {percent}`)
      line?.show(done, 1, { percent: `${Math.floor(100 * done)}%` })
      if (done < 1) return
      line?.end()
      line = undefined
      began = undefined
    },
  }
}
