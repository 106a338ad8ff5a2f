import { compile, type Shape, sizeOf, spec, type Tensor } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { expect, test } from "vitest"
import { fitWeights } from "../src/fit/index.js"
import { attentiveHead } from "../src/heads/attentive.js"
import { batchNormHead } from "../src/heads/batch-norm.js"
import type { Head } from "../src/heads/head.js"
import { classifierConfig, classifierModel } from "../src/index.js"
import { tinyConfig } from "./tiny.js"

const backend = referenceBackend()
const encoder = { dim: 3, depth: 1, heads: 1, mlpHidden: 6 }
const shape = { classes: 2, encoder, eps: 1e-6 }

/** sin(step * i) */
const wave = (of: Shape, step: number) =>
  Float32Array.from({ length: sizeOf(of) }, (_, i) => Math.sin(i * step))

const close = (found: ArrayLike<number>, expected: readonly number[]) => {
  expect(found.length).toBe(expected.length)
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 5)
}

/** Logits for features of ones' weights, while training and after. */
async function run(head: Head, features: { shape: Shape; data: Float32Array }, padding = 0) {
  const { declarations } = head
  const specs = Object.fromEntries(
    Object.entries(declarations).map(([name, { shape }]) => [name, spec("f32", shape)]),
  )
  const samples = features.shape[0]
  type Inputs = { params: Record<string, Tensor>; features: Tensor; weight: Tensor }
  const compiled = await compile(
    backend,
    ({ params, features, weight }: Inputs) => ({
      logits: head.logits(params, features),
      ...head.train?.(params, features, weight),
      after: head.logits(
        { ...params, ...head.train?.(params, features, weight).buffers },
        features,
      ),
    }),
    {
      specs: {
        params: specs,
        features: spec("f32", features.shape),
        weight: spec("f32", [samples]),
      },
    },
  )
  return {
    async with(params: Record<string, Float32Array>) {
      const weight = Float32Array.from({ length: samples }, (_, i) =>
        i < samples - padding ? 1 : 0,
      )
      const results = compiled.run({ params, features: features.data, weight })
      return {
        logits: await results.logits.data(),
        after: await results.after.data(),
        buffers: ("buffers" in results && results.buffers) || {},
      }
    },
  }
}

// From torch.nn.BatchNorm1d(3, affine=False, eps=1e-6) and a linear layer, in double precision.
const trained = [1.1972882, 0.4482236, -0.1687053, -0.4998837, -2.2460047, 3.0910783, 1.2174218]
const scored = [3.2731528, -0.9535897, 1.4560908, -2.099731, -1.1837523, 2.24244, 3.2987387]
const means = [0.1004224, 0.132687, 0.1495784]
const variances = [1.1006719, 1.1422979, 1.1964443]

test.each([0, 2])(
  "batch norm counts samples as PyTorch does, without %d of padding",
  async (padding) => {
    const head = batchNormHead(shape)
    const samples = wave([4, 3], 0.7).map((x) => 2 * x + 1)
    const data = new Float32Array(3 * (4 + padding)).fill(7)
    data.set(samples)
    const start = {
      "head.0.running_mean": new Float32Array(3),
      "head.0.running_var": new Float32Array(3).fill(1),
      "head.1.weight": wave([2, 3], 1.3),
      "head.1.bias": wave([2], 2.1),
    }
    const step = await run(head, { shape: [4 + padding, 3], data }, padding)
    const { logits, after, buffers } = await step.with(start)
    close(logits.slice(0, 8), [...trained, 0.4134193])
    close(after.slice(0, 8), [...scored, -0.995675])
    close(await buffers["head.0.running_mean"].data(), means)
    close(await buffers["head.0.running_var"].data(), variances)
  },
)

test("batch norm of a single sample takes the running statistics", async () => {
  const start = {
    "head.0.running_mean": Float32Array.of(1, 2, 3),
    "head.0.running_var": Float32Array.of(4, 9, 16),
    "head.1.weight": Float32Array.of(1, 0, 0, 0, 1, 1),
    "head.1.bias": new Float32Array(2),
  }
  const data = Float32Array.of(3, 5, 7, 0, 0, 0)
  const step = await run(batchNormHead(shape), { shape: [2, 3], data }, 1)
  const { logits, buffers } = await step.with(start)
  close(logits.slice(0, 2), [1, 2])
  close(await buffers["head.0.running_mean"].data(), [1, 2, 3])
  close(await buffers["head.0.running_var"].data(), [4, 9, 16])
})

// From PyTorch's layer_norm, scaled_dot_product_attention and linear, in double precision.
test("an attentive head's query attends to all tokens", async () => {
  const head = attentiveHead({ ...shape, encoder: { ...encoder, dim: 4, heads: 2, mlpHidden: 8 } })
  const names = Object.keys(head.declarations)
  const params = Object.fromEntries(
    names.map((name, i) => [name, wave(head.declarations[name].shape, 0.3 + 0.1 * i)]),
  )
  const features = { shape: [2, 3, 4], data: wave([2, 3, 4], 0.9) }
  const { logits } = await (await run(head, features)).with(params)
  close(logits, [-0.2180403, 1.7126991, -0.1526669, 1.7945142])
})

test.each([
  { head: "batch-norm", pool: "token" },
  { head: "batch-norm", pool: "mean" },
  { head: "attentive", pool: "none" },
] as const)("a checkpoint's tensors show its head: $head on $pool", ({ head, pool }) => {
  const config = classifierConfig(tinyConfig("mae"), { classes: 3, head, pool })
  const { specs } = classifierModel(config)
  const shapes = Object.fromEntries(Object.entries(specs).map(([n, { shape }]) => [n, shape]))
  expect(fitWeights(shapes)).toMatchObject({
    kind: "classifier",
    config: { classes: 3, head, pool },
    ...{ missing: [], unexpected: [] },
  })
})

test("a head that cannot take the features is named", () => {
  const config = classifierConfig(tinyConfig("mae"), {
    classes: 3,
    head: "attentive",
    pool: "mean",
  })
  const logits = () =>
    compile(
      backend,
      ({ params, clips }) => ({ logits: classifierModel(config).logits(params, { clips }) }),
      {
        specs: {
          params: classifierModel(config).specs,
          clips: classifierModel(config).inputSpecs(1).clips,
        },
      },
    )
  return expect(logits()).rejects.toThrow(/head "attentive"\) has no logits\n.*"none" for an att/)
})
