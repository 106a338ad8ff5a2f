import type { Shape } from "@tubelet/core"
import { describe, expect, test } from "vitest"
import { fitWeights } from "../src/fit/index.js"
import {
  type ClassifierConfig,
  classifierModel,
  presetConfig,
  presets,
  pretrainModel,
} from "../src/index.js"

type Shapes = Record<string, Shape>

const shapesOf = (model: { specs: Readonly<Record<string, { shape: Shape }>> }): Shapes =>
  Object.fromEntries(Object.entries(model.specs).map(([name, { shape }]) => [name, shape]))

const shapesOfPreset = (name: string) => shapesOf(pretrainModel(presetConfig(name)))

const whole = { missing: [], unexpected: [], wrong: [] }

const classifierOf = (name: string, changes: Partial<ClassifierConfig> = {}) => {
  const { decoder: _, ...encoder } = presetConfig(name)
  return classifierModel({ ...encoder, classes: 400, pool: "mean", ...changes })
}

describe("pre-training weights", () => {
  test.each(Object.keys(presets))("of %s fit it", (name) => {
    const { system } = presetConfig(name)
    const fit = fitWeights(shapesOfPreset(name), { system })!
    expect(fit).toMatchObject({ kind: "pretrain", config: presetConfig(name), ...whole })
    expect(fit.presets).toEqual([name])
  })

  test("with equal shapes in both video systems fit both", () => {
    expect(fitWeights(shapesOfPreset("videomaev2-b"))!.presets).toEqual([
      "videomae-b",
      "videomaev2-b",
    ])
    expect(fitWeights(shapesOfPreset("videomae-l"))!.presets).toEqual(["videomae-l"])
    expect(fitWeights(shapesOfPreset("videomaev2-l"))!).toMatchObject({
      presets: ["videomaev2-l"],
      config: { system: "videomaev2" },
      assumed: ["imageSize", "frames", "system"],
    })
  })

  test("that are missing, extra or misshapen are named", () => {
    const shapes = shapesOfPreset("videomae-s")
    delete shapes["encoder.blocks.0.mlp.fc1.weight"]
    shapes["teacher.bias"] = [3]
    shapes["decoder.norm.bias"] = [7]
    expect(fitWeights(shapes)).toMatchObject({
      presets: ["videomae-s", "videomaev2-s"],
      missing: ["encoder.blocks.0.mlp.fc1.weight"],
      unexpected: ["teacher.bias"],
      wrong: [{ name: "decoder.norm.bias", found: [7], expected: [192] }],
    })
  })
})

describe("an encoder alone", () => {
  const startsWith = (shapes: Shapes, part: RegExp) =>
    Object.fromEntries(Object.entries(shapes).filter(([name]) => part.test(name)))

  test("is recognised in its pre-training, under its prefix", () => {
    const shapes = startsWith(shapesOfPreset("videomae-h"), /^encoder\./)
    expect(fitWeights(shapes)).toMatchObject({ kind: "encoder", ...whole })
    expect(fitWeights(shapes)!.config).toMatchObject({ pool: "none", encoder: { heads: 16 } })
  })

  test("of MAE reveals its image size", () => {
    const shapes = shapesOf(classifierOf("mae-l", { pool: "none", classes: 0, imageSize: 448 }))
    expect(fitWeights(shapes)).toMatchObject({
      ...{ kind: "encoder", presets: ["mae-l"], assumed: [], ...whole },
      config: { imageSize: 448, patchSize: 16 },
    })
  })

  test("with a norm after its mean is a feature encoder", () => {
    const shapes = shapesOf(classifierOf("videomaev2-g", { classes: 0 }))
    expect(fitWeights(shapes)).toMatchObject({
      ...{ kind: "encoder", presets: ["videomaev2-g"], config: { pool: "mean" }, ...whole },
    })
  })
})

describe("a classifier", () => {
  test.each([
    ["mae-b", {}],
    ["mae-h", { pool: "token" }],
    ["videomae-l", { classes: 174 }],
    ["videomaev2-s", { pool: "token", learnablePositions: true }],
    ["videomaev2-b", { cosineAttention: true }],
  ] as const)("of %s with %o", (name, changes) => {
    const model = classifierOf(name, changes)
    const fit = fitWeights(shapesOf(model), { system: model.config.system })!
    expect(fit).toMatchObject({ kind: "classifier", config: model.config, ...whole })
    expect(fit.presets).toEqual([name])
  })

  test("with ambiguous heads says so, unless a hint is given", () => {
    const encoder = { dim: 48, depth: 2, heads: 4, mlpHidden: 192 }
    const shapes = shapesOf(classifierOf("videomae-s", { encoder }))
    expect(fitWeights(shapes)!.assumed).toContain("encoder.heads")
    const told = fitWeights(shapes, { heads: 4 })!
    expect(told.assumed).not.toContain("encoder.heads")
    expect(told).toMatchObject({ presets: [], config: { encoder } })
  })
})

test("weights of something else fit nothing", () => {
  expect(fitWeights({ "fc.weight": [10, 10] })).toBeUndefined()
})

describe("names in a hostile file", () => {
  const shapes = shapesOfPreset("videomae-s")

  test("that imply more blocks than tensors build no such model", () => {
    expect(fitWeights({ ...shapes, "encoder.blocks.30000000.x": [1] })).toBeUndefined()
    expect(fitWeights({ ...shapes, "encoder.blocks.9007199254740993.x": [1] })).toBeUndefined()
  })

  test("may be arbitrarily many", () => {
    const many = Array.from({ length: 200_000 }, (_, i) => [`encoder.blocks.0.x${i}`, [1]])
    const fit = fitWeights({ ...shapes, ...Object.fromEntries(many) })!
    expect(fit.unexpected).toHaveLength(many.length)
  })
})
