import type { Backend } from "@tubelet/core"
import { initialState } from "@tubelet/train"
import type { Task } from "./task.js"

/** Six operations for each multiply-add of the forward pass: it, and twice that backward. */
export const flopsOf = ({ macs, batch }: Task): number =>
  6 * batch * Object.values(macs).reduce((a, b) => a + b)

/** A quarter of the blocks: enough of the same mix of work, and soon done. */
const share = 1 / 4
const runs = 3

export interface TimeForecast {
  readonly secondsPerStep: number
  readonly gflops: number
}

/**
 * Times the task's step on a model of a quarter of the depth, all else being the same; the whole
 * takes as many times longer as it has more to compute.
 */
export async function forecastTime(backend: Backend, task: Task): Promise<TimeForecast> {
  const part = task.shallower(share)
  const step = await part.compile(backend)
  const state = initialState(backend, part.model, 0)
  const batch = part.draw()
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i <= runs; i++) {
    const began = performance.now()
    const inputs = { ...state, batch, learningRate: 1e-4, weightDecay: 0.05 }
    await step.run(inputs as never).loss.item()
    if (i > 0) best = Math.min(best, (performance.now() - began) / 1000) // The first warms up.
  }
  await step.dispose()
  const rate = flopsOf(part) / best
  return { secondsPerStep: flopsOf(task) / rate, gflops: rate / 1e9 }
}
