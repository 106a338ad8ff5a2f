import { describe, expect, test } from "vitest"
import {
  formatConfig,
  formatPreprocessor,
  type HuggingFaceModel,
  readConfig,
  readJsonObject,
  readPreprocessor,
} from "../src/index.js"
import { golden, hasGolden } from "./golden.js"

const encoder = { dim: 48, depth: 3, heads: 3, mlpHidden: 192 }
const decoder = { dim: 32, depth: 2, heads: 2, mlpHidden: 128 }
const base: HuggingFaceModel = {
  system: "videomae",
  task: "pre-training",
  imageSize: 32,
  patchSize: 8,
  frames: 16,
  tubelet: 2,
  encoder,
  decoder,
  eps: 1e-12,
  qkvBias: true,
  pool: "token",
  normalisedTarget: true,
  labels: [],
}

describe.runIf(hasGolden)("config.json", () => {
  const config = (kind: string) => readJsonObject(golden(`hf-videomae-${kind}-tiny/config.json`))

  test("of a pre-training model is read, and written with the same fields", async () => {
    const json = await config("pretrain")
    expect(readConfig(json, "it")).toEqual({ model: base, notes: [] })
    const { torch_dtype, transformers_version, ...rest } = json
    expect(formatConfig(base)).toEqual(rest)
  })

  test("of a classifier keeps its labels", async () => {
    const { model } = readConfig(await config("finetune"), "it")
    expect(model).toMatchObject({ task: "classification", pool: "mean", frames: 8 })
    expect(model.labels).toEqual([0, 1, 2, 3, 4].map((i) => `LABEL_${i}`))
    expect(model.decoder).toBeUndefined()
  })
})

test.each<Partial<HuggingFaceModel>>([
  {},
  { task: "classification", decoder: undefined!, labels: ["run", "jump"], pool: "mean" },
  { system: "mae", frames: 1, tubelet: 1, normalisedTarget: false, eps: 1e-6 },
  { system: "mae", frames: 1, tubelet: 1, normalisedTarget: false, task: "encoder" },
  {
    system: "mae",
    frames: 1,
    tubelet: 1,
    normalisedTarget: false,
    task: "classification",
    labels: ["a"],
  },
])("a config survives a round trip: %j", (change) => {
  const { decoder, ...model } = { ...base, ...change }
  const whole = model.task === "pre-training" ? { ...model, decoder: decoder! } : model
  expect(readConfig(JSON.parse(JSON.stringify(formatConfig(whole))), "it").model).toEqual(whole)
})

test("missing fields have transformers' defaults", () => {
  const { model } = readConfig({ model_type: "vit_mae" }, "it")
  expect(model).toMatchObject({
    imageSize: 224,
    encoder: { dim: 768, depth: 12, heads: 12, mlpHidden: 3072 },
    decoder: { dim: 512, depth: 8, heads: 16, mlpHidden: 2048 },
    eps: 1e-12,
  })
})

test("the small model's 16 heads are corrected to 6, with a note", () => {
  const small = { model_type: "videomae", hidden_size: 384, num_attention_heads: 16 }
  const { model, notes } = readConfig(small, "it")
  expect(model.encoder.heads).toBe(6)
  expect(notes[0]).toMatch(/16 heads, but the authors' small model has 6/)
})

test.each<[object, RegExp]>([
  [{}, /model_type is "", not videomae/],
  [{ model_type: "llama" }, /model_type is "llama"/],
  [{ model_type: 3 }, /model_type is 3, not text/],
  [{ model_type: "videomae", hidden_size: -1 }, /hidden_size is -1, not a count/],
  [{ model_type: "videomae", num_hidden_layers: 1e300 }, /num_hidden_layers is 1e\+300/],
  [{ model_type: "videomae", num_channels: 1 }, /num_channels is not 3/],
  [{ model_type: "videomae", layer_norm_eps: "x" }, /layer_norm_eps is "x", not a number/],
  [
    { model_type: "vit", architectures: ["ViTForImageClassification"], id2label: { 1: "a" } },
    /no name for 0/,
  ],
])("%j is refused", (config, reason) => {
  expect(() => readConfig(config as never, "it")).toThrow(reason)
})

test("preprocessor_config.json is written with ImageNet's statistics, and read", () => {
  const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
  for (const system of ["mae", "videomae"] as const) {
    const written = formatPreprocessor({ system, imageSize: 112 })
    expect(readPreprocessor(written, "it")).toEqual({ size: 112, ...imagenet })
  }
  expect(readPreprocessor({ size: 224 }, "it")).toEqual({
    size: 224,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  })
  expect(() => readPreprocessor({ image_mean: [1] }, "it")).toThrow(/not three numbers/)
  expect(() => readPreprocessor({ size: {} }, "it")).toThrow(/not a number of pixels/)
})
