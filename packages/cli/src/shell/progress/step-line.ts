import type { Output } from "../output.js"
import { meter } from "./meter.js"
import { pace } from "./pace.js"

/** What a step line shows. */
export interface Step {
  readonly step: number
  readonly steps: number
  readonly loss: number
  readonly samplesPerSecond: number
  readonly dataSeconds: number
}

export interface StepLine {
  update(step: Step): void
  /** Prints a line above it. */
  note(line: string): void
  end(): void
}

/** The steps of a run. The first one is slower and does not count for the remaining time. */
export function stepLine(output: Output): StepLine {
  const format = "step {value}/{total} | loss {loss} | {rate} | data wait {wait} | ETA {left}"
  const line = meter(output, format)
  const paceAt = pace()
  return {
    ...line,
    update({ step, steps, loss, samplesPerSecond, dataSeconds }) {
      line.show(step, steps, {
        loss: loss.toFixed(4),
        rate: `${samplesPerSecond.toPrecision(3)} samples/s`,
        wait: `${dataSeconds.toFixed(2)} s`,
        left: paceAt(step, steps).left,
      })
    },
  }
}
