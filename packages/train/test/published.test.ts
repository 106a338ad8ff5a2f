import { readFile } from "node:fs/promises"
import { describe, expect, test } from "vitest"
import {
  defaultMasks,
  finetuneFields,
  publishedDistillRecipe,
  publishedDistillRecipes,
  publishedFinetuneRecipe,
  publishedFinetuneRecipes,
  publishedProbeRecipe,
  publishedProbeRecipes,
  publishedRecipe,
  publishedRecipes,
  resolveDistillRecipe,
  resolveFinetuneRecipe,
  resolveProbeRecipe,
  resolveRecipe,
  smallData,
} from "../src/index.js"

const clips = 240_436

/** A recipe's resolved numbers, and its sampling. */
function resolvedRecipe(name: keyof typeof publishedFinetuneRecipes) {
  const { system } = publishedFinetuneRecipes[name]
  const {
    stride,
    sampling = "dense",
    directional,
    ...options
  } = publishedFinetuneRecipe(name, system)
  // 64 GPUs with 8 clips each, as for most of the runs.
  const recipe = resolveFinetuneRecipe(system, clips, { batch: 8, accumulate: 64, ...options })
  return { ...recipe, stride, sampling, directional, flips: directional !== true }
}

// From the authors' scripts: base rate, epochs, layer decay, drop path, dropout before the head,
// stride.
test.each([
  ["mae/imagenet-b-finetune", 5e-4, 100, 0.65, 0.1, 0, undefined],
  ["mae/imagenet-l-finetune", 1e-3, 50, 0.75, 0.2, 0, undefined],
  ["mae/imagenet-h-finetune", 1e-3, 50, 0.75, 0.3, 0, undefined],
  ["videomae/k400-s-finetune", 5e-4, 150, 0.75, 0.1, 0, 4],
  ["videomae/k400-b-finetune", 5e-4, 75, 0.75, 0.1, 0, 4],
  ["videomae/k400-b-800e-finetune", 1e-3, 100, 0.75, 0.1, 0, 4],
  ["videomae/k400-l-finetune", 2e-3, 35, 0.75, 0.1, 0, 4],
  ["videomae/k400-h-finetune", 1e-3, 50, 0.75, 0.2, 0.5, 4],
  ["videomae/ssv2-s-finetune", 1e-3, 40, 0.7, 0.1, 0, 2],
  ["videomae/ssv2-b-finetune", 5e-4, 30, 0.75, 0.1, 0, 2],
  ["videomae/ssv2-b-800e-finetune", 5e-4, 50, 0.75, 0.1, 0, 2],
  ["videomae/ucf101-b-finetune", 5e-4, 100, 0.7, 0.2, 0.5, 4],
  ["videomaev2/k710-g-finetune", 1e-3, 35, 0.9, 0.3, 0, 4],
  ["videomaev2/k400-g-finetune", 1e-3, 30, 0.9, 0.2, 0, 4],
  ["videomaev2/k710-k400-g-finetune", 1e-5, 3, 0.9, 0.25, 0, 4],
  ["videomaev2/k710-k600-g-finetune", 1e-5, 3, 0.9, 0.25, 0, 4],
  ["videomaev2/ssv2-g-finetune", 3e-4, 20, 0.9, 0.25, 0, 2],
  ["videomaev2/ucf101-g-finetune", 1e-3, 50, 0.9, 0.35, 0.5, 4],
  ["videomaev2/hmdb51-g-finetune", 5e-4, 15, 0.9, 0.35, 0.5, 2],
  ["videomaev2/k400-h-finetune", 1e-3, 40, 0.8, 0.2, 0.5, 4],
  ["videomaev2/k600-h-finetune", 1e-3, 40, 0.8, 0.2, 0.5, 4],
  ["videomaev2/k710-h-finetune", 1e-3, 40, 0.8, 0.2, 0.5, 4],
  ["videomaev2/ssv2-h-finetune", 5e-4, 20, 0.8, 0.2, 0.5, 2],
  ["videomaev2/k400-l-finetune", 2e-3, 35, 0.75, 0.2, 0, 4],
  ["videomaev2/ssv2-l-finetune", 5e-4, 20, 0.75, 0.2, 0, 2],
  ["videomaev2/k400-b-finetune", 7e-4, 90, 0.75, 0.1, 0, 4],
  ["videomaev2/k710-b-finetune", 7e-4, 90, 0.75, 0.1, 0, 4],
  ["videomaev2/ssv2-b-finetune", 2e-3, 25, 0.65, 0.1, 0, 2],
] as const)("%s has the authors' numbers", (name, rate, epochs, layerDecay, ...others) => {
  const recipe = resolvedRecipe(name)
  const [dropPath, headDropout, stride] = others
  expect(recipe).toMatchObject({ epochs, layerDecay, dropPath, headDropout, stride })
  const image = name.startsWith("mae/")
  const final = name === "videomae/k400-h-finetune" ? 1e-5 : 1e-6
  expect(recipe.baseLearningRate).toBe(rate)
  expect(recipe.learningRate).toBeCloseTo(2 * rate, 12)
  expect(recipe.minLearningRate).toBeCloseTo(image ? final : 2 * final, 12)
  expect(recipe).toMatchObject({
    ...{ smoothing: 0.1, mixup: 0.8, cutmix: 1, mixupProbability: 1, mixupSwitch: 0.5 },
    ...{ betas: [0.9, 0.999], weightInit: "truncated-normal", initScale: 0.001 },
  })
  expect([recipe.ema, recipe.weightDecayEnd]).toEqual([undefined, undefined])
  const warmup = name.startsWith("videomaev2/k710-k") ? 1 : 5
  expect(recipe.warmup).toBe(warmup * recipe.stepsPerEpoch)
  const giant = name.includes("-g-")
  const onSmallSets = name.includes("ucf101") || name.includes("hmdb51")
  expect(recipe.weightDecay).toBe(giant && !onSmallSets ? 0.1 : 0.05)
  expect(recipe.clipGrad).toBe(giant ? 5 : undefined)
  const something = name.includes("ssv2")
  expect([recipe.sampling, recipe.flips]).toEqual(something ? ["segments", false] : ["dense", true])
  const repeated = !image && name !== "videomae/k400-b-800e-finetune"
  expect(recipe.repeats).toBe(repeated ? 2 : 1)
})

// Base rate, final rate, epochs, warm-up, share of tokens that are masked, repeats, stride.
test.each([
  ["mae/imagenet-pretrain", 1.5e-4, 0, 800, 40, 0.75, 1, undefined],
  ["videomae/k400-pretrain", 1.5e-4, 1e-5, 800, 40, 0.9, 1, 4],
  ["videomae/ssv2-pretrain", 1.5e-4, 1e-5, 800, 40, 0.9, 1, 2],
  ["videomae/ucf101-pretrain", 3e-4, 1e-5, 3200, 40, 0.75, 1, 4],
  ["videomaev2/hybrid-b-pretrain", 1e-3, 1e-5, 200, 20, 0.9, 4, 4],
  ["videomaev2/hybrid-l-pretrain", 1e-3, 1e-5, 300, 30, 0.9, 4, 4],
  ["videomaev2/hybrid-h-pretrain", 1e-3, 1e-5, 300, 30, 0.9, 4, 4],
  ["videomaev2/hybrid-g-pretrain", 6e-4, 1e-5, 300, 30, 0.9, 4, 4],
] as const)("%s has the authors' numbers", (name, rate, final, epochs, warmup, ...others) => {
  const [ratio, repeats, sampled] = others
  const { system } = publishedRecipes[name]
  const { maskRatio, stride, ...options } = publishedRecipe(name, system)
  const recipe = resolveRecipe(system, clips, { batch: 32, accumulate: 32, ...options })
  expect([maskRatio, stride]).toEqual([ratio, sampled])
  expect(recipe).toMatchObject({ epochs, repeats, warmup: warmup * recipe.stepsPerEpoch })
  expect(recipe.baseLearningRate).toBe(rate)
  // The repeats do not count.
  expect(recipe.learningRate).toBeCloseTo(4 * rate, 12)
  expect(recipe.minLearningRate).toBeCloseTo(4 * final, 12)
  expect(recipe).toMatchObject({ weightDecay: 0.05, betas: [0.9, 0.95], dropPath: 0 })
  expect([recipe.ema, recipe.weightDecayEnd]).toEqual([undefined, undefined])
  expect(recipe.clipGrad).toBe(name.includes("-g-") ? 0.02 : undefined)
})

test("pre-training masks as the authors do", () => {
  const { encoder, decoder } = defaultMasks("videomaev2")
  expect([encoder.masking.name, encoder.ratio]).toEqual(["tube", 0.9])
  expect([decoder?.masking.name, decoder?.ratio]).toEqual(["running-cell", 0.5])
  expect(defaultMasks("videomae")).toEqual({ encoder })
  expect(defaultMasks("mae").encoder.masking.name).toBe("random")
})

test("every published recipe is tested here", () => {
  const counts = [publishedRecipes, publishedFinetuneRecipes, publishedProbeRecipes]
  expect(counts.map((recipes) => Object.keys(recipes).length)).toEqual([8, 28, 3])
})

test("a distillation has the numbers of V2's fine-tuning on Kinetics-710", () => {
  for (const name of Object.keys(publishedDistillRecipes)) {
    const { stride, ...options } = publishedDistillRecipe(name, "videomaev2")
    const recipe = resolveDistillRecipe("videomaev2", 658_340, {
      batch: 8,
      accumulate: 64,
      ...options,
    })
    expect(recipe).toMatchObject({ epochs: 90, layerDecay: 0.75, repeats: 2, temperature: 1 })
    expect([stride, recipe.learningRate]).toEqual([4, expect.closeTo(1.4e-3, 12)])
  }
})

test.each(Object.keys(publishedProbeRecipes))("%s has the authors' numbers", (name) => {
  const options = publishedProbeRecipe(name, "mae")
  const recipe = resolveProbeRecipe("mae", 1_281_167, { batch: 512, accumulate: 32, ...options })
  expect(recipe).toMatchObject({
    ...{ baseLearningRate: 0.1, learningRate: 6.4, minLearningRate: 0, epochs: 90 },
    ...{ warmup: 10 * recipe.stepsPerEpoch, optimizer: "lars", weightDecay: 0 },
    ...{ repeats: 1, smoothing: 0 },
  })
  expect([recipe.clipGrad, recipe.ema, recipe.weightDecayEnd]).toEqual(Array(3).fill(undefined))
})

describe("small-data", () => {
  const recipe = (clips: number, classes: number) =>
    resolveFinetuneRecipe("videomae", clips, smallData({ clips, classes }))

  test("runs for at least 1,000 steps, and 30 epochs", () => {
    expect(recipe(64, 8).steps).toBe(1000)
    expect(recipe(10, 2).steps).toBe(1000)
    expect(recipe(33, 2).steps).toBe(1000)
    expect(recipe(9600, 10)).toMatchObject({ epochs: 30, steps: 9000 })
  })

  test("does not mix classes of few clips", () => {
    expect(recipe(79, 4)).toMatchObject({ mixup: 0, cutmix: 0 })
    expect(recipe(80, 4)).toMatchObject({ mixup: 0.8, cutmix: 1 })
  })

  test("sets only options of fine-tuning", () => {
    const known = new Set(Object.keys(finetuneFields))
    for (const name of Object.keys(smallData({ clips: 9, classes: 3 })))
      expect(known).toContain(name)
  })
})

test("the page on recipes names each of them with its numbers", async () => {
  const page = await readFile(new URL("../../../docs/guide/recipes.md", import.meta.url), "utf8")
  for (const name of Object.keys(publishedFinetuneRecipes)) {
    const { epochs, layerDecay } = resolvedRecipe(name as keyof typeof publishedFinetuneRecipes)
    const row = page.split("\n").find((line) => line.startsWith(`| \`${name}\` |`))
    expect(row?.split("|").map((cell) => cell.trim())).toEqual(
      expect.arrayContaining([`${epochs}`, `${layerDecay}`]),
    )
  }
})
