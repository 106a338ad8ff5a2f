import { join } from "node:path"
import { makeFolder } from "@tubelet/core/files"
import { FailedStepError, type Schedule, type StepResult, showNumber } from "@tubelet/train"
import { rasterise, writePng } from "@tubelet/video"
import { drawCurve } from "../drawing/curve.js"
import type { CommandContext } from "../shell/command.js"
import { interruptedCode } from "../shell/interrupt.js"
import type { RunProgress } from "./progress.js"
import { trialSteps } from "./trial.js"

const [lowest, highest] = [1e-6, 10]

/** Rates that grow by the same factor at each step. */
export const growingRates: Schedule = (step) =>
  lowest * (highest / lowest) ** (step / (trialSteps - 1))

/** A step's learning rate and loss. */
export interface Tried {
  readonly lr: number
  readonly loss: number
}

/** Above this multiple of the lowest loss, larger rates tell nothing more. */
const diverged = 4

/**
 * Trains with growing rates until the loss diverges; draws it into `out`/find-lr.png and suggests a
 * rate. Saves nothing else. Returns the exit code.
 */
export async function findRate(
  out: string,
  steps: AsyncIterable<StepResult>,
  { output, signal, progress }: CommandContext & { readonly progress: RunProgress },
): Promise<number> {
  const tried: Tried[] = []
  try {
    for await (const result of steps) {
      progress.step(result)
      tried.push({ lr: result.lr, loss: result.loss })
      const losses = smoothed(tried)
      if (losses.at(-1)! > diverged * Math.min(...losses)) break
    }
  } catch (error) {
    // The loss has left the range of numbers, as it should.
    const isOverflow = error instanceof FailedStepError && error.code === "LOSS_NOT_FINITE"
    if (!isOverflow || tried.length === 0) throw error
  } finally {
    progress.end()
  }
  if (signal.aborted) return interruptedCode(signal)
  const lr = suggestedRate(tried)
  const file = join(out, "find-lr.png")
  await makeFolder(out)
  const smooth = smoothed(tried)
  const curve = tried.map(({ lr: x, loss }, i) => ({ x, raw: loss, smooth: smooth[i] }))
  await writePng(file, await rasterise(drawCurve(curve, lr)))
  output.json({ lr, file, steps: tried.length, tried })
  const words = "a tenth of the rate at which the loss was lowest"
  output.print(lr === undefined ? "the loss never fell" : `try --lr ${showNumber(lr)}, ${words}`)
  output.print(`wrote ${file}; nothing else was saved`)
  return 0
}

/** A tenth of the rate with the lowest loss; undefined if no rate lowered it. */
export function suggestedRate(tried: readonly Tried[]): number | undefined {
  const losses = smoothed(tried)
  const best = losses.indexOf(Math.min(...losses))
  return best > 0 ? Number((tried[best].lr / 10).toPrecision(2)) : undefined
}

/** Averages that forget a tenth at each step, without the bias of their start. */
function smoothed(tried: readonly Tried[]): number[] {
  let [sum, weight] = [0, 0]
  return tried.map(({ loss }) => {
    sum = 0.9 * sum + loss
    weight = 0.9 * weight + 1
    return sum / weight
  })
}
