import type { Output } from "../output.js"
import { meter } from "./meter.js"

/** What is sooner done needs no line. */
const quietSeconds = 1.5

export interface PartLine {
  /** How much is done, from 0 to 1. */
  update(done: number): void
}

/** Work of which parts are done, where it takes a while: at 1 the line ends, and begins anew. */
export function partLine(output: Output, what: string): PartLine {
  let line: ReturnType<typeof meter> | undefined
  let began: number | undefined
  return {
    update(done) {
      const now = performance.now()
      began ??= now
      if (now - began >= 1000 * quietSeconds) line ??= meter(output, `${what} | {percent}`)
      line?.show(done, 1, { percent: `${Math.floor(100 * done)} %` })
      if (done < 1) return
      line?.end()
      line = undefined
      began = undefined
    },
  }
}
