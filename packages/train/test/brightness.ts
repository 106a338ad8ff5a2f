import {
  add,
  cast,
  div,
  mean,
  mul,
  type Spec,
  spec,
  square,
  sub,
  sum,
  type Tensor,
} from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import type { TrainableModel } from "@tubelet/models"
import {
  memoryClips,
  type StepOptions,
  type StepResult,
  type Task,
  type TrainOptions,
  train,
} from "../src/index.js"

export interface Batch<T> {
  readonly clips: T
  readonly weight: T
}

/** Learns the mean brightness of clips of four bytes, and counts its forward passes. */
const model: TrainableModel<Batch<Tensor>> = {
  config: { system: "mae" },
  specs: { brightness: spec("f32", [1]), passes: spec("f32", [1]), scale: spec("f32", [1]) },
  frozen: ["scale"],
  buffers: ["passes"],
  initialWeight: (name) => Float32Array.of(name === "scale" ? 1 / 255 : 0),
  initialise: () =>
    Object.fromEntries(
      ["brightness", "passes", "scale"].map((n) => [n, model.initialWeight(n, 0)]),
    ),
  lossTerms({ brightness, passes, scale }, { clips, weight }) {
    const seen = mul(mean(cast(clips, "f32"), 1), scale)
    const error = square(sub(brightness, seen))
    return {
      sum: sum(mul(error, weight)),
      weight: sum(weight),
      buffers: { passes: add(passes, 1) },
    }
  },
  loss(params, batch) {
    const { sum, weight } = model.lossTerms(params, batch)
    return div(sum, weight)
  },
}

/** It as a task; a batch has `size` clips. */
export const task = (step: StepOptions = {}, size = 2): Task<Batch<Spec>> => ({
  ...{ name: "brightness", model, step },
  batch: { clips: spec("u8", [size, 4]), weight: spec("f32", [size]) },
  rates: () => ({ learningRate: 0.1, weightDecay: 0 }),
  assemble({ clips, samples }) {
    const padded = new Uint8Array(4 * size)
    padded.set(clips)
    return {
      clips: padded,
      weight: Float32Array.from({ length: size }, (_, i) => (i < samples.length ? 1 : 0)),
    }
  },
  identity: { scale: 255 },
})

const grey = (level: number) => new Uint8Array(4).fill(level)

/** Six steps over three clips. */
export const options = (given: Partial<TrainOptions<Batch<Spec>>> = {}) => ({
  ...{ task: task(), data: memoryClips([51, 102, 153].map(grey)), backend: referenceBackend() },
  ...{ batch: 2, steps: 6, ...given },
})

/** Runs to the end. Gives what each step gave, and the weights after the last. */
export async function ended(given: TrainOptions<Batch<Spec>>) {
  const results: StepResult[] = []
  const weights: Record<string, number> = {}
  for await (const result of train(given)) {
    results.push(result)
    for (const [name, handle] of Object.entries(result.weights)) {
      weights[name] = await handle.item()
    }
  }
  return { results, weights }
}
