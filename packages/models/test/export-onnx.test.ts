import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { compile } from "@tubelet/core"
import { random } from "@tubelet/core/random"
import { referenceBackend } from "@tubelet/core/testing"
import { InferenceSession, Tensor } from "onnxruntime-node"
import { describe, expect, test } from "vitest"
import {
  type ClassifierConfig,
  type ClassifierModel,
  classifierConfig,
  classifierModel,
  imagenetMean,
  imagenetStd,
  type System,
} from "../src/index.js"
import { exportOnnx } from "../src/onnx/index.js"
import { tinyConfig } from "./tiny.js"

const tiny = (system: System, changes: Partial<ClassifierConfig> = {}) =>
  classifierModel(classifierConfig(tinyConfig(system), { classes: 5, ...changes }))

/** Weights without zeros, so that a lost bias or gain shows. */
function weightsOf(model: ClassifierModel) {
  const noise = random("weights")
  const perturbed = (w: Float32Array) => w.map((x) => x + 0.2 * noise.normal())
  return Object.fromEntries(Object.entries(model.initialise(1)).map(([n, w]) => [n, perturbed(w)]))
}

function pixelsOf({ config: { frames, imageSize } }: ClassifierModel, batch: number) {
  const noise = random("pixels")
  return Uint8Array.from({ length: batch * frames * imageSize ** 2 * 3 }, () => noise.integer(256))
}

const normalised = (pixels: Uint8Array) =>
  Float32Array.from(pixels, (x, i) => (x / 255 - imagenetMean[i % 3]) / imagenetStd[i % 3])

async function ours(model: ClassifierModel, output: "logits" | "features", batch: number) {
  const compiled = await compile(
    referenceBackend(),
    ({ params, clips }) => ({ y: model[output](params, { clips }) }),
    { specs: { params: model.specs, clips: model.inputSpecs(batch).clips } },
  )
  const { y } = compiled.run({ params: weightsOf(model), clips: pixelsOf(model, batch) })
  return { shape: y.shape, data: (await y.data()) as Float32Array }
}

async function theirs(
  session: InferenceSession,
  { config, ...rest }: ClassifierModel,
  batch: number,
  type: "u8" | "f32",
) {
  const { frames, imageSize } = config
  const pixels = pixelsOf({ config, ...rest }, batch)
  const side = [imageSize, imageSize, 3]
  const shape = config.system === "mae" ? [batch, ...side] : [batch, frames, ...side]
  const feed =
    type === "u8"
      ? new Tensor("uint8", pixels, shape)
      : new Tensor("float32", normalised(pixels), shape)
  const found = await session.run({ [session.inputNames[0]]: feed })
  return found[session.outputNames[0]]
}

const far = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (x, i) => Math.abs(x - b[i])).reduce((most, d) => Math.max(most, d), 0)

const cases: [string, ClassifierModel, "logits" | "features"][] = [
  ["mae, mean pooling", tiny("mae"), "logits"],
  ["mae, class token", tiny("mae", { pool: "token" }), "logits"],
  ["mae, every token", tiny("mae", { classes: 0, pool: "none" }), "features"],
  ["videomae", tiny("videomae"), "logits"],
  ["videomae, features of a classifier", tiny("videomae"), "features"],
  [
    "videomaev2 with cosine attention, layer scale and a learned table",
    tiny("videomaev2", { cosineAttention: true, initValues: 0.1, learnablePositions: true }),
    "logits",
  ],
]

describe.each(cases)("%s", (_, model, output) => {
  test.each(["u8", "f32"] as const)("gives the same numbers from %s", async (type) => {
    const { bytes } = exportOnnx(model, weightsOf(model), { output, pixels: type })
    const session = await InferenceSession.create(bytes)
    expect(session.outputNames).toEqual([output])
    expect(session.inputNames).toEqual([model.config.system === "mae" ? "images" : "clips"])
    for (const batch of [1, 3]) {
      const expected = await ours(model, output, batch)
      const found = await theirs(session, model, batch, type)
      expect(found.dims).toEqual(expected.shape)
      expect(far(found.data as Float32Array, expected.data)).toBeLessThan(2e-5)
    }
  })
})

/** Operator names and sets are plain text within the file. */
const mentions = (bytes: Uint8Array, word: string) => Buffer.from(bytes).includes(word)

test("only standard ONNX operators are used, and no head for features", () => {
  const model = tiny("videomae")
  const { bytes } = exportOnnx(model, weightsOf(model), { output: "features" })
  expect(mentions(bytes, "LayerNormalization")).toBe(true)
  expect(mentions(bytes, "blocks.1.mlp.fc2.weight")).toBe(true)
  expect(mentions(bytes, "com.microsoft")).toBe(false)
  expect(mentions(bytes, "Gelu")).toBe(false)
  expect(mentions(bytes, "head.weight")).toBe(false)
})

test("weights may be in a separate file", async () => {
  const model = tiny("videomae")
  const whole = exportOnnx(model, weightsOf(model))
  const { bytes, data } = exportOnnx(model, weightsOf(model), { external: "tiny.data" })
  expect(whole.bytes.length - bytes.length).toBeGreaterThan(10_000)
  const folder = await mkdtemp(join(tmpdir(), "tubelet-onnx-"))
  try {
    await writeFile(join(folder, "tiny.onnx"), bytes)
    await writeFile(join(folder, "tiny.data"), Buffer.concat(data))
    const session = await InferenceSession.create(join(folder, "tiny.onnx"))
    const found = await theirs(session, model, 3, "u8")
    const { data: expected } = await ours(model, "logits", 3)
    expect(far(found.data as Float32Array, expected)).toBeLessThan(2e-5)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test("missing weights and weights of another size are named", () => {
  const model = tiny("mae")
  const { "norm.weight": _, "fc_norm.bias": __, ...rest } = weightsOf(model)
  expect(() => exportOnnx(model, rest)).toThrow(/1 weights are missing \(fc_norm\.bias/)
  const short = { ...weightsOf(model), "head.bias": new Float32Array(4) }
  expect(() => exportOnnx(model, short)).toThrow(/head\.bias has 4 elements/)
})
