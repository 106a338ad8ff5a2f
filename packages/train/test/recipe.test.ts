import { readFileSync } from "node:fs"
import { referenceBackend } from "@tubelet/core/testing"
import type { System } from "@tubelet/models"
import { describe, expect, test } from "vitest"
import {
  alternativesOf,
  type Fields,
  field,
  finetuneFields,
  memoryClips,
  memoryStore,
  numberType,
  overlaid,
  pretrain,
  pretrainFields,
  publishedRecipe,
  publishedRecipes,
  resolveRecipe,
  settledOptions,
  showDefault,
  showField,
  withDefaults,
} from "../src/index.js"
import { checkOptions, defaultOf } from "../src/recipe/field.js"
import { noiseClips, tinyConfig, tinyModel } from "./tiny.js"

const systems: readonly System[] = ["mae", "videomae", "videomaev2"]

describe("the rows of hyperparameters", () => {
  const all: Fields = { ...finetuneFields, ...pretrainFields }

  test.each(Object.keys(all))("%s: its type accepts its default, and it says which", (name) => {
    const { type, default: value } = all[name]
    for (const system of value === undefined ? [] : systems) {
      expect(type.accepts(defaultOf({ default: value }, system))).toBe(true)
    }
    expect(showDefault(all[name])).toBeTruthy()
  })

  test("are the table of the README", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
    const flagOf = (name: string, { flag = name }: Fields[string]) =>
      flag ? `\`--${flag.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}\`` : ""
    const rows = Object.entries(pretrainFields as Fields).map(
      ([name, row]) => `| \`${name}\` | ${flagOf(name, row)} | ${row.help} | ${showDefault(row)} |`,
    )
    expect(readme).toContain(
      ["| option | flag | description | default |", "| --- | --- | --- | --- |", ...rows].join(
        "\n",
      ),
    )
  })

  test("one more is an option with a default and a check, and a line of the table", () => {
    const cooldown = field(numberType({ min: 0, below: 1 }), {
      help: "fraction of the run at the final rate",
      default: { mae: 0, videomae: 0, videomaev2: 0.1 },
      label: "cool-down",
      show: (share) => `${100 * share}%`,
    })
    const fields = { ...pretrainFields, cooldown }
    expect(withDefaults(fields, "videomaev2", {})).toMatchObject({ batch: 8, cooldown: 0.1 })
    const settled = withDefaults(fields, "mae", { cooldown: 0.2, steps: 5 })
    expect(settledOptions(fields, settled)).toMatchObject({ cooldown: 0.2, steps: 5 })
    expect(() => checkOptions(fields, { cooldown: 1 })).toThrow(
      "cooldown must be a number of at least 0 and below 1, got 1",
    )
    expect(showDefault(cooldown)).toBe("0; V2: 0.1")
    expect(showField("cooldown", cooldown, 0.1)).toEqual(["cool-down", "10%"])
  })
})

describe("a recipe", () => {
  test.each(systems)("of %s gives options that resolve to it", (system) => {
    for (const options of [{}, { steps: 7, ema: 0.9 }, { learningRate: 1, batch: 2, warmup: 3 }]) {
      const { baseLearningRate, ...recipe } = resolveRecipe(system, 40, options)
      const again = resolveRecipe(system, 40, settledOptions(pretrainFields, recipe))
      expect(again).toEqual({ ...recipe, epochs: again.epochs })
    }
  })

  test.each([
    [{ batch: 1.5 }, /^batch must be an integer of at least 1, got 1.5$/],
    [{ clipGrad: 0 }, /^clipGrad must be a number above 0, got 0$/],
    [{ learningRate: Number.NaN }, /^learningRate must be .*, got NaN$/],
    [{ ema: 1 }, /^ema must be a number of at least 0 and below 1, got 1$/],
    [{ betas: [0.9, 1] as const }, /^betas must be two numbers of at least 0 and below 1, got/],
    [{ steps: 1, epochs: 1 }, /both steps and epochs are set/],
    [{ learningRate: 1, baseLearningRate: 1 }, /both learningRate and baseLearningRate/],
  ])("with %o is refused", (options, message) => {
    expect(() => resolveRecipe("videomae", 10, options)).toThrow(message)
  })

  test("of alternatives, the upper one replaces the lower, and what was in its unit", () => {
    const lay = (below: object, above: object) =>
      overlaid(below, above, alternativesOf(pretrainFields))
    const epochs = { epochs: 800, warmup: 40, baseLearningRate: 1.5e-4, batch: 4 }
    expect(lay(epochs, { steps: 9 })).toEqual({ steps: 9, baseLearningRate: 1.5e-4, batch: 4 })
    expect(lay(epochs, { epochs: 9 })).toEqual({ ...epochs, epochs: 9 })
    expect(lay({ learningRate: 1, minLearningRate: 0.5 }, { baseLearningRate: 2 })).toEqual({
      baseLearningRate: 2,
    })
  })
})

describe("a published recipe", () => {
  test.each(Object.keys(publishedRecipes))("%s resolves for its system", (name) => {
    const { system } = publishedRecipes[name as keyof typeof publishedRecipes]
    const { maskRatio: _ratio, stride: _stride, ...options } = publishedRecipe(name, system)
    expect(resolveRecipe(system, 1000, options).steps).toBeGreaterThan(0)
  })

  test("is refused for another system, and under an unknown name", () => {
    expect(() => publishedRecipe("mae/imagenet-pretrain", "videomae")).toThrow(
      /is for mae, but the model is/,
    )
    expect(() => publishedRecipe("mae", "mae")).toThrow(/unknown recipe "mae"\nchoose one of mae/)
  })

  test("is named by pretrain, whose other options override it", async () => {
    const configs: unknown[] = []
    const store = memoryStore()
    const out: typeof store = {
      ...store,
      begin(config, step) {
        configs.push(config)
        return store.begin(config, step)
      },
    }
    const model = tinyModel("videomae")
    const run = pretrain({
      ...{ recipe: "videomae/ucf101-pretrain", model, steps: 2, batch: 1, seed: 3, out },
      data: memoryClips(noiseClips(2, tinyConfig("videomae"))),
      backend: referenceBackend(),
    })
    const lrs: number[] = []
    for await (const { lr } of run) lrs.push(lr)
    expect(configs).toEqual([
      expect.objectContaining({ baseLearningRate: 3e-4, batch: 1, steps: 2, warmup: 0, seed: 3 }),
    ])
    expect(lrs[0]).toBeCloseTo(3e-4 / 256, 12)
    const { state } = (await out.latest(() => {}))!
    expect(state.identity).toMatchObject({ masking: { name: "tube", ratio: 0.75 } })
  })
})

test("drop path is an option for a preset, and must be that of a model", async () => {
  const data = memoryClips(noiseClips(1, tinyConfig("videomae")))
  const run = pretrain({
    ...{ model: tinyModel("videomae"), dropPath: 0.1, data, steps: 1 },
    backend: referenceBackend(),
  })
  await expect(run.next()).rejects.toThrow(/model has drop path 0, but the recipe has 0.1\n/)
})
