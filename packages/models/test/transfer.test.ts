import { compile, type Shape } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { gridOf, resizePositions, sinusoid } from "@tubelet/vit"
import { describe, expect, test } from "vitest"
import { furthest, golden } from "../../vit/test/golden.js"
import { transferWeights } from "../src/fit/index.js"
import {
  type ClassifierConfig,
  classifierConfig,
  classifierModel,
  type PretrainConfig,
  pretrainModel,
} from "../src/index.js"
import { tinyConfig } from "./tiny.js"

type Shapes = Record<string, Shape>

const shapesOf = (model: { specs: Readonly<Record<string, { shape: Shape }>> }): Shapes =>
  Object.fromEntries(Object.entries(model.specs).map(([name, { shape }]) => [name, shape]))

const pretrained = (config: PretrainConfig) => shapesOf(pretrainModel(config))

const classifier = (config: PretrainConfig, changes: Partial<ClassifierConfig> = {}) =>
  classifierModel(classifierConfig(config, { classes: 3, ...changes }))

describe("from pre-training to a classifier", () => {
  test("the encoder is copied, fc_norm and head are initialised, the rest is unused", () => {
    const config = tinyConfig("videomae")
    const transfer = transferWeights(classifier(config), pretrained(config))
    expect(transfer.sources["blocks.1.attn.q_bias"]).toBe("encoder.blocks.1.attn.q_bias")
    const head = ["fc_norm.weight", "fc_norm.bias", "head.weight", "head.bias"]
    expect(transfer.fresh).toEqual(head)
    expect(transfer.unused).toContain("encoder.norm.weight")
    expect(transfer.unused).toContain("mask_token")
    expect(transfer.unused.some((name) => name.startsWith("encoder.blocks"))).toBe(false)
    expect(transfer.resized).toEqual([])
  })

  test("with token pooling keeps the norm", () => {
    const config = tinyConfig("mae")
    const model = classifier(config, { pool: "token" })
    expect(transferWeights(model, pretrained(config)).fresh).toEqual(["head.weight", "head.bias"])
  })

  test("a head map takes the rows of another head", () => {
    const config = tinyConfig("videomae")
    const shapes = shapesOf(classifier(config, { classes: 7 }))
    const { dim } = config.encoder
    const transfer = transferWeights(classifier(config), shapes, { headRows: [5, 0, 5] })
    expect([transfer.fresh, transfer.unused]).toEqual([[], []])
    expect(transfer.mapped).toEqual(["head.weight", "head.bias"])
    const weight = Float32Array.from({ length: 7 * dim }, (_, i) => Math.floor(i / dim))
    const rows = transfer.convert("head.weight", weight)
    expect([...rows]).toEqual([5, 0, 5].flatMap((row) => new Array(dim).fill(row)))
    const bias = transfer.convert("head.bias", Float32Array.of(0, 1, 2, 3, 4, 5, 6))
    expect([...bias]).toEqual([5, 0, 5])
    const refused = (headRows: number[]) => () =>
      transferWeights(classifier(config), shapes, { headRows })
    expect(refused([0, 1])).toThrow("the head map has 2 entries, but there are 3 classes")
    expect(refused([0, 1, 7])).toThrow("has the entry 7, but head.weight has 7 rows")
  })

  test.each(["batch-norm", "attentive"] as const)("a %s head can be mapped", (head) => {
    const pool = head === "attentive" ? "none" : "mean"
    const shapes = shapesOf(classifier(tinyConfig("videomae"), { classes: 7, head, pool }))
    const model = classifier(tinyConfig("videomae"), { head, pool })
    const { fresh, mapped } = transferWeights(model, shapes, { headRows: [5, 0, 6] })
    expect([fresh, mapped.length]).toEqual([[], 2])
  })

  test("a head with other classes is initialised, another width is an error", () => {
    const config = tinyConfig("videomae")
    const shapes = shapesOf(classifier(config, { classes: 7 }))
    const { fresh, unused } = transferWeights(classifier(config), shapes)
    expect([fresh, unused]).toEqual([
      ["head.weight", "head.bias"],
      ["head.weight", "head.bias"],
    ])
    const wide = tinyConfig("videomae", { encoder: { ...config.encoder, dim: 24 } })
    expect(() => transferWeights(classifier(wide), shapes)).toThrow(/is \[12.* needs \[24/)
  })
})

describe("position tables", () => {
  test.each([
    ["interp_14_to_8", 14, 8],
    ["interp_4_to_7", 4, 7],
    ["interp_7_to_14", 7, 14],
  ])("of MAE are resized as the authors do: %s", (name, from, to) => {
    const stored = golden("posembed/mae.safetensors")
    const encoder = { dim: 6, depth: 1, heads: 1, mlpHidden: 6 }
    const config = tinyConfig("mae", { encoder, imageSize: 4 * from })
    const transfer = transferWeights(classifier(config, { imageSize: 4 * to }), pretrained(config))
    expect(transfer.resized).toEqual(["pos_embed"])
    const values = Float32Array.from(stored.get(`${name}.src`)!.data as ArrayLike<number>)
    const ours = transfer.convert("pos_embed", values)
    expect(furthest(ours, stored.get(`${name}.dst`)!.data as ArrayLike<number>)).toBeLessThan(2e-6)
    expect(transfer.convert("cls_token", values)).toBe(values)
  })

  test("of a video model, if learned, are resized in space and time", () => {
    const config = tinyConfig("videomaev2", { learnablePositions: true })
    const shapes = shapesOf(classifier(config))
    const model = classifier(config, { imageSize: 24, frames: 8 })
    const transfer = transferWeights(model, shapes, { from: config })
    const table = Float32Array.from({ length: 32 * 12 }, (_, i) => Math.sin(i))
    const expected = resizePositions(table, gridOf(config), gridOf(model.config))
    expect(transfer.convert("pos_embed", table)).toEqual(expected)
  })

  test("also between pre-training models", () => {
    const config = tinyConfig("mae")
    const larger = pretrainModel(tinyConfig("mae", { imageSize: 32 }))
    const { resized, fresh } = transferWeights(larger, pretrained(config))
    expect(resized).toEqual(["pos_embed", "decoder_pos_embed"])
    expect(fresh).toEqual([])
  })

  /** What an encoder without blocks adds to zero tokens. */
  async function fixedTable(config: ClassifierConfig): Promise<Float32Array> {
    const bare = { ...config, encoder: { ...config.encoder, depth: 0 }, pool: "none" } as const
    const model = classifierModel({ ...bare, eps: 0 })
    const { features } = (
      await compile(
        referenceBackend(),
        ({ params, clips }) => ({ features: model.features(params, { clips }) }),
        { specs: { params: model.specs, clips: model.inputSpecs(1).clips } },
      )
    ).run({
      params: {
        ...model.initialise(0),
        "patch_embed.proj.weight": zerosOf(model),
        "patch_embed.proj.bias": new Float32Array(model.config.encoder.dim),
      },
      clips: new Uint8Array(model.config.frames * model.config.imageSize ** 2 * 3),
    })
    return (await features.data()) as Float32Array
  }

  const zerosOf = ({ config }: { config: ClassifierConfig }) =>
    new Float32Array(config.encoder.dim * 3 * config.tubelet * config.patchSize ** 2)

  test("that are fixed: V2 resizes those of its pre-training, V1 computes its own", async () => {
    const to = { classes: 0, imageSize: 24, frames: 8 }
    const v2 = classifierConfig(tinyConfig("videomaev2"), to)
    expect(v2.positionsOf).toEqual({ imageSize: 16, frames: 4 })
    const v1 = classifierConfig(tinyConfig("videomae"), to)
    expect(v1.positionsOf).toBeUndefined()
    expect(classifierConfig(tinyConfig("videomaev2"), { classes: 0 }).positionsOf).toBeUndefined()

    const tables = { v1: await fixedTable(v1), v2: await fixedTable(v2) }
    const resized = resizePositions(sinusoid(32, 12), gridOf(tinyConfig("videomae")), gridOf(v2))

    const own = sinusoid(144, 12)
    expect(furthest(tables.v1, tables.v2)).toBeGreaterThan(0.1)
    expect(normedLike(tables.v1, own)).toBeLessThan(1e-5)
    expect(normedLike(tables.v2, resized)).toBeLessThan(1e-5)
  })
})

/** The distance of rows from those of a table, both normalised to mean 0 and deviation 1. */
function normedLike(rows: Float32Array, table: Float32Array): number {
  const width = 12
  const normed = table.map((_, i) => {
    const start = i - (i % width)
    const row = Array.from(table.subarray(start, start + width))
    const mean = row.reduce((a, b) => a + b) / width
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / width
    return (table[i] - mean) / Math.sqrt(variance)
  })
  return furthest(rows, normed)
}
