import { compile, gradients, mul, sub, type Tensor } from "@tubelet/core"
import { random } from "@tubelet/core/random"
import { referenceBackend } from "@tubelet/core/testing"
import { describe, expect, test } from "vitest"
import {
  type ClassifierConfig,
  type ClassifierModel,
  classifierModel,
  drawDrops,
  type LabelledBatch,
  type System,
  softTargets,
} from "../src/index.js"
import { tinyBatch, tinyConfig } from "./tiny.js"

const backend = referenceBackend()
const classes = 3

function tinyClassifier(system: System, changes: Partial<ClassifierConfig> = {}, drops = {}) {
  const { decoder: _, ...encoder } = tinyConfig(system)
  return classifierModel({ ...encoder, classes, pool: "mean", ...changes }, drops)
}

type Host = LabelledBatch<Uint8Array | Float32Array>

const hostBatch = (model: ClassifierModel, changes: Partial<Host> = {}): Host => ({
  clips: tinyBatch({ ...tinyConfig(model.config.system), ...model.config }).clips,
  labels: softTargets([0, 2], { classes, smoothing: 0.1 }),
  weight: Float32Array.of(1, 1),
  ...changes,
})

/** Weights whose head is far from zero, so that every gradient is visible. */
const weightsOf = (model: ClassifierModel) => {
  const weights = model.initialise(5)
  const noise = random("head")
  weights["head.weight"] = weights["head.weight"].map(() => noise.normal() * 0.3)
  return weights
}

const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((most, x) => Math.max(most, Math.abs(x)), 0)

async function descend(model: ClassifierModel, batch: Host) {
  const learns = (name: string) => !model.frozen.includes(name)
  const step = await compile(
    backend,
    ({ params, batch }) => {
      const loss = model.loss(params, batch)
      const entries = Object.entries(params)
      const { grads } = gradients(loss, Object.fromEntries(entries.filter(([n]) => learns(n))))
      const moved = ([name, p]: [string, Tensor]) =>
        [name, grads[name] ? sub(p, mul(grads[name], 1e-3)) : p] as const
      return { loss, grads, params: Object.fromEntries(entries.map(moved)) }
    },
    { specs: { params: model.specs, batch: model.batchSpecs(2) } },
  )
  const { loss, grads, params } = step.run({ params: weightsOf(model), batch } as never)
  const { loss: after } = step.run({ params, batch } as never)
  const sizes = Object.entries(grads).map(async ([n, g]) => [n, largest(await g.data())] as const)
  return { loss: await loss.item(), after: await after.item(), sizes: await Promise.all(sizes) }
}

const options: Record<string, Partial<ClassifierConfig>> = {
  "the mean": {},
  "the first token": { pool: "token" },
  "cosine attention": { cosineAttention: true },
  "layer scale": { initValues: 0.1 },
  "no bias for q, k and v": { qkvBias: false },
  "learnable positions": { learnablePositions: true },
}

describe.each(["mae", "videomae"] as const)("%s", (system) => {
  test.each(Object.keys(options))(
    "with %s: every parameter learns, the loss falls",
    async (name) => {
      const model = tinyClassifier(system, options[name])
      const { loss, after, sizes } = await descend(model, hostBatch(model))
      expect(after).toBeLessThan(loss)
      expect(sizes).toHaveLength(Object.keys(model.specs).length - model.frozen.length)
      for (const [parameter, gradient] of sizes) expect(gradient, parameter).toBeGreaterThan(0)
    },
  )
})

test("a video model's learnable table is kept but not trained; MAE's is trained", () => {
  const learnablePositions = true
  expect(tinyClassifier("videomaev2", { learnablePositions }).frozen).toEqual(["pos_embed"])
  expect(tinyClassifier("videomaev2", { learnablePositions }).specs).toHaveProperty("pos_embed")
  expect(tinyClassifier("mae").frozen).toEqual([])
})

async function logitsOf(
  model: ClassifierModel,
  batch: Host,
  params = weightsOf(model),
): Promise<Float32Array> {
  const { labels: _, weight: __, ...inputs } = batch
  const compiled = await compile(
    backend,
    ({ params, inputs }) => ({ logits: model.logits(params, inputs) }),
    { specs: { params: model.specs, inputs: model.inputSpecs(2) } },
  )
  const { logits } = compiled.run({ params, inputs } as never)
  return (await logits.data()) as Float32Array
}

describe("random drops", () => {
  const model = tinyClassifier("videomae", {}, { dropPath: 0.5, headDropout: 0.25 })
  const { depth, dim } = model.config.encoder
  const ones = {
    dropPathFactors: new Float32Array(2 * depth * 2).fill(1),
    headDropoutFactors: new Float32Array(2 * dim).fill(1),
  }

  test("of one change nothing", async () => {
    const plain = tinyClassifier("videomae")
    expect(await logitsOf(model, hostBatch(model, ones))).toEqual(
      await logitsOf(plain, hostBatch(plain)),
    )
  })

  test("affect only their own sample", async () => {
    const before = await logitsOf(model, hostBatch(model, ones))
    const dropPathFactors = ones.dropPathFactors.slice()
    dropPathFactors[2 * depth] = 0
    const after = await logitsOf(model, hostBatch(model, { ...ones, dropPathFactors }))
    expect(after.slice(0, classes)).toEqual(before.slice(0, classes))
    expect(after.slice(classes)).not.toEqual(before.slice(classes))
  })

  test("of zero for all branches leave the embedded tokens", async () => {
    const dropPathFactors = new Float32Array(ones.dropPathFactors.length)
    const shallow = tinyClassifier("videomae", {
      encoder: { ...model.config.encoder, depth: 0 },
    })
    expect(await logitsOf(model, hostBatch(model, { ...ones, dropPathFactors }))).toEqual(
      await logitsOf(shallow, hostBatch(shallow)),
    )
  })

  test("distinguish a block's attention from its MLP", async () => {
    const silent = { ...weightsOf(model) }
    for (const name of ["attn.proj.weight", "attn.proj.bias"]) {
      silent[`blocks.0.${name}`] = silent[`blocks.0.${name}`].fill(0)
    }
    const without = async (branch: number) => {
      const dropPathFactors = ones.dropPathFactors.slice()
      dropPathFactors[branch] = 0
      return logitsOf(model, hostBatch(model, { ...ones, dropPathFactors }), silent)
    }
    const before = await logitsOf(model, hostBatch(model, ones), silent)
    expect(await without(0)).toEqual(before)
    expect(await without(1)).not.toEqual(before)
  })

  test("of zero for all features leave the bias", async () => {
    const headDropoutFactors = new Float32Array(ones.headDropoutFactors.length)
    const logits = await logitsOf(model, hostBatch(model, { ...ones, headDropoutFactors }))
    expect(largest(logits)).toBe(0)
  })

  test("are keyed draws with rates that grow with depth and a mean of 1", () => {
    const draw = (sample: number) => drawDrops(model, random(0, "drops", 0, sample))
    expect(draw(3)).toEqual(draw(3))
    expect(draw(3)).not.toEqual(draw(4))
    const many = Array.from({ length: 2000 }, (_, i) => draw(i))
    const mean = (of: (d: ReturnType<typeof draw>) => number) =>
      many.reduce((sum, d) => sum + of(d), 0) / many.length
    expect(mean((d) => d.dropPathFactors![0])).toBe(1)
    expect(many.some((d) => d.dropPathFactors![0] !== 1)).toBe(false)
    expect(new Set(many.map((d) => d.dropPathFactors![3]))).toEqual(new Set([0, 2]))
    expect(Math.abs(mean((d) => d.dropPathFactors![3]) - 1)).toBeLessThan(0.08)
    expect(Math.abs(mean((d) => d.headDropoutFactors![0]) - 1)).toBeLessThan(0.05)
  })
})

test("a sample of weight zero has no influence", async () => {
  const model = tinyClassifier("mae")
  const batch = hostBatch(model, { weight: Float32Array.of(1, 0) })
  const clips = (batch.clips as Uint8Array).map((x, i) =>
    i >= batch.clips.length / 2 ? 255 - x : x,
  )
  const { loss, sizes } = await descend(model, batch)
  expect(await descend(model, { ...batch, clips })).toMatchObject({ loss, sizes })
})

describe("soft targets", () => {
  test("are one-hot, or spread a part over all classes", () => {
    expect([...softTargets([1], { classes: 4 })]).toEqual([0, 1, 0, 0])
    const smooth = softTargets([2, 0], { classes: 4, smoothing: 0.1 })
    expect([...smooth].map((x) => Math.round(1000 * x))).toEqual([25, 25, 925, 25, 925, 25, 25, 25])
  })

  test.each([-1, 4, 1.5])("reject the label %d", (label) => {
    expect(() => softTargets([0, label], { classes: 4 })).toThrow(/sample 1 has label .* 4 classes/)
  })
})

test("a feature encoder has no logits, and says so", () => {
  const model = tinyClassifier("videomae", { classes: 0 })
  expect(Object.keys(model.specs).some((name) => name.startsWith("head"))).toBe(false)
  expect(() => model.logits({}, {} as never)).toThrow(/0 classes .* has no logits/)
})
