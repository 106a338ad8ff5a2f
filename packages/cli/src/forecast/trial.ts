import type { Backend } from "@tubelet/core"
import { compileTrainStep, initialState, stateBytes } from "@tubelet/train"
import { type Forecast, flopsOf } from "./forecast.js"
import { stepBytes } from "./memory.js"

/** A quarter of the blocks: the same mix of work, but faster. */
const share = 1 / 4
/** Timed steps on fresh batches; the fastest counts. Huge models stop after two. */
const runs = 6
const enoughSeconds = 10

/** The cost of a few real steps of a model with a quarter of the blocks. */
export interface Trial {
  readonly flopsPerSecond: number
  /**
   * Peak memory besides the state and the buffers of the step: the program, its libraries, and the
   * working memory of kernels. It hardly depends on depth, because a block's tensors are as large
   * in a shallow model.
   */
  readonly besideBytes: number
}

export async function tryOut<S>(backend: Backend, whole: Forecast<S>): Promise<Trial> {
  const shallow = whole.shallower(share)
  const { plan } = shallow
  const before = process.memoryUsage().rss
  const step = await compileTrainStep(backend, plan)
  // A run has only one compiled step.
  const compiledBytes = Math.max(0, process.memoryUsage().rss - before)
  const state = await initialState(backend, plan.model, 0, { step: plan.step })
  let best = Number.POSITIVE_INFINITY
  const start = performance.now()
  for (let i = 0; i <= runs; i++) {
    const batch = shallow.draw()
    const began = performance.now()
    const inputs = { ...state, batch, learningRate: 1e-4, weightDecay: 0.05 }
    await step.run(inputs).loss.item()
    if (i > 0) best = Math.min(best, (performance.now() - began) / 1000) // The first is a warm-up.
    if (i > 0 && performance.now() - start > 1000 * enoughSeconds) break
  }
  const peak = process.resourceUsage().maxRSS * 1024
  const besideBytes = peak - compiledBytes - stateBytes(plan) - stepBytes(step)
  await step.dispose()
  return { flopsPerSecond: flopsOf(shallow) / best, besideBytes }
}
