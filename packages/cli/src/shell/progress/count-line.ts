import type { Output } from "../output.js"
import { meter } from "./meter.js"
import { pace } from "./pace.js"

export interface CountLine {
  update(done: number, total: number): void
  /** Prints a line above it. */
  note(line: string): void
  end(): void
}

/** Progress over a known total, with a rate in `unit`. */
export function countLine(output: Output, unit: string): CountLine {
  const line = meter(output, "{value}/{total} | {rate} | ETA {left}")
  const paceAt = pace()
  return {
    ...line,
    update(done, total) {
      const { rate, left } = paceAt(done, total)
      const shown = Number.isNaN(rate) ? "-" : `${rate.toPrecision(3)} ${unit}`
      line.show(done, total, { rate: shown, left })
    },
  }
}
