import { referenceBackend } from "@tubelet/core/testing"
import {
  type ClassifierModel,
  classifierConfig,
  classifierModel,
  softTargets,
} from "@tubelet/models"
import { describe, expect, test } from "vitest"
import {
  batchDrops,
  compileAccumulatedStep,
  compileFinetuneStep,
  type FinetuneShape,
  finetuneAdamW,
  finetunePlan,
  initialState,
  type StepOptions,
  sumSpecs,
  zeros,
} from "../src/index.js"
import { noiseClips, tinyConfig } from "./tiny.js"

const backend = referenceBackend()
const classes = 3
const tiny = (drops = {}) =>
  classifierModel(classifierConfig(tinyConfig("videomae"), { classes }), drops)

function batchOf(model: ClassifierModel, samples: readonly number[]) {
  const clips = noiseClips(8, tinyConfig("videomae"))
  const all = samples.flatMap((i) => [...clips[i]])
  const keys = samples.map((index) => ({ epoch: 0, index }))
  return {
    clips: Uint8Array.from(all),
    labels: softTargets(
      samples.map((i) => i % classes),
      { classes, smoothing: 0.1 },
    ),
    weight: new Float32Array(samples.length).fill(1),
    ...batchDrops(model, { seed: 0, samples: keys }),
  }
}

const rates = { learningRate: 1e-2, weightDecay: 0.1 }

/** How far each parameter moved in a first step. */
async function moved(options: Partial<FinetuneShape> & StepOptions = {}) {
  const model = tiny()
  const weights = model.initialise(1)
  const state = await initialState(backend, model, weights)
  const step = await compileFinetuneStep(backend, model, { batch: 2, ...options })
  await step.run({ ...state, batch: batchOf(model, [0, 1]), ...rates }).loss.item()
  const far = async (name: string) => {
    const now = await state.params[name].data()
    return Math.max(...Array.from(now, (x, i) => Math.abs(x - weights[name][i])))
  }
  return Object.fromEntries(
    await Promise.all(Object.keys(weights).map(async (n) => [n, await far(n)] as const)),
  )
}

describe("a fine-tuning step", () => {
  test("learns: the loss falls below that of guessing", async () => {
    const model = tiny({ dropPath: 0.2, headDropout: 0.1 })
    const state = await initialState(backend, model, model.initialise(1))
    const step = await compileFinetuneStep(backend, model, { batch: 3, layerDecay: 0.75 })
    const batch = batchOf(model, [0, 1, 2])
    let loss = Number.NaN
    for (let i = 0; i < 30; i++) loss = await step.run({ ...state, batch, ...rates }).loss.item()
    expect(loss).toBeLessThan(0.8 * Math.log(classes))
  })

  test("lets each layer learn slower than the one behind it", async () => {
    // AdamW's first step moves every weight by its rate, whatever the gradient.
    const far = await moved({ layerDecay: 0.5 })
    expect(far["head.bias"]).toBeCloseTo(1e-2, 4)
    expect(far["fc_norm.bias"]).toBeCloseTo(1e-2, 4)
    expect(far["blocks.0.mlp.fc1.bias"]).toBeCloseTo(0.5e-2, 3)
    expect(far["patch_embed.proj.bias"]).toBeGreaterThan(0.25e-2 * 0.9)
    expect(far["patch_embed.proj.bias"]).toBeLessThan(0.25e-2 * 1.1)
  })

  test("decays matrices and no vectors", async () => {
    const decayed = await moved({})
    const kept = await moved({ optimizer: finetuneAdamW(tiny(), { decays: () => false }) })
    expect(decayed["blocks.0.mlp.fc1.weight"]).not.toBe(kept["blocks.0.mlp.fc1.weight"])
    expect(decayed["blocks.0.norm1.weight"]).toBe(kept["blocks.0.norm1.weight"])
  })

  test("over micro-batches equals that over all at once", async () => {
    const model = tiny()
    const weights = model.initialise(2)
    const [once, parts] = [
      await initialState(backend, model, weights),
      await initialState(backend, model, weights),
    ]
    const whole = await compileFinetuneStep(backend, model, { batch: 4 })
    const { loss } = whole.run({ ...once, batch: batchOf(model, [0, 1, 2, 3]), ...rates })
    const plan = finetunePlan(model, { batch: 2 })
    const { accumulate, apply } = await compileAccumulatedStep(backend, plan)
    const sums = zeros(backend, sumSpecs(model))
    for (const pair of [
      [0, 1],
      [2, 3],
    ]) {
      accumulate.run({ params: parts.params, sums, batch: batchOf(model, pair) })
    }
    const sum = apply.run({ ...parts, sums, ...rates })
    expect(await sum.loss.item()).toBeCloseTo(await loss.item(), 6)
    for (const name of Object.keys(weights)) {
      const [a, b] = [await once.params[name].data(), await parts.params[name].data()]
      for (let i = 0; i < a.length; i++) expect(a[i]).toBeCloseTo(b[i], 5)
    }
  })

  test("in two parts keeps none where the other cannot be compiled", async () => {
    const backend = referenceBackend()
    const compile = backend.compile.bind(backend)
    let kept = 0
    backend.compile = async (graph, options) => {
      if (options.name?.endsWith("apply")) throw new Error("no room")
      const program = await compile(graph, options)
      kept++
      return Object.assign(program, { dispose: async () => void kept-- })
    }
    const model = tiny()
    const made = compileAccumulatedStep(backend, finetunePlan(model, { batch: 2 }))
    await expect(made).rejects.toThrow("no room")
    expect(kept).toBe(0)
  })
})

describe("a batch's drops", () => {
  const model = tiny({ dropPath: 0.5, headDropout: 0.5 })
  const drops = (samples: readonly { epoch: number; index: number; repeat?: number }[]) =>
    batchDrops(model, { seed: 4, samples })

  test("belong to the sample, not to its place in the batch", () => {
    const [a, b] = [
      { epoch: 1, index: 7 },
      { epoch: 1, index: 8 },
    ]
    const dim = model.config.encoder.dim
    const both = drops([a, b]).headDropoutFactors!
    expect(both.slice(dim)).toEqual(drops([b]).headDropoutFactors)
    expect(both.slice(0, dim)).toEqual(drops([a]).headDropoutFactors)
  })

  test("differ from epoch to epoch, and from repeat to repeat", () => {
    const of = (epoch: number, repeat: number) =>
      String(drops([{ epoch, index: 0, repeat }]).headDropoutFactors)
    expect(new Set([of(0, 0), of(1, 0), of(0, 1)]).size).toBe(3)
  })

  test("are left out where nothing is dropped", () => {
    expect(batchDrops(tiny(), { seed: 0, samples: [{ epoch: 0, index: 0 }] })).toEqual({})
  })
})
