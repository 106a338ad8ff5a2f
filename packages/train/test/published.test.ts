import { readFile } from "node:fs/promises"
import { describe, expect, test } from "vitest"
import {
  finetuneFields,
  publishedDistillRecipe,
  publishedDistillRecipes,
  publishedFinetuneRecipe,
  publishedFinetuneRecipes,
  publishedProbeRecipe,
  resolveDistillRecipe,
  resolveFinetuneRecipe,
  resolveProbeRecipe,
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

// From the authors' scripts: base rate, epochs, layer decay, drop path, dropout before the head.
test.each([
  ["mae/imagenet-b-finetune", 5e-4, 100, 0.65, 0.1, 0],
  ["mae/imagenet-l-finetune", 1e-3, 50, 0.75, 0.2, 0],
  ["mae/imagenet-h-finetune", 1e-3, 50, 0.75, 0.3, 0],
  ["videomae/k400-s-finetune", 5e-4, 150, 0.75, 0.1, 0],
  ["videomae/k400-b-finetune", 5e-4, 75, 0.75, 0.1, 0],
  ["videomae/k400-b-800e-finetune", 1e-3, 100, 0.75, 0.1, 0],
  ["videomae/k400-l-finetune", 2e-3, 35, 0.75, 0.1, 0],
  ["videomae/k400-h-finetune", 1e-3, 50, 0.75, 0.2, 0.5],
  ["videomae/ssv2-s-finetune", 1e-3, 40, 0.7, 0.1, 0],
  ["videomae/ssv2-b-finetune", 5e-4, 30, 0.75, 0.1, 0],
  ["videomae/ssv2-b-800e-finetune", 5e-4, 50, 0.75, 0.1, 0],
  ["videomae/ucf101-b-finetune", 5e-4, 100, 0.7, 0.2, 0.5],
  ["videomaev2/k710-g-finetune", 1e-3, 35, 0.9, 0.3, 0],
  ["videomaev2/k400-g-finetune", 1e-3, 30, 0.9, 0.2, 0],
  ["videomaev2/k710-k400-g-finetune", 1e-5, 3, 0.9, 0.25, 0],
  ["videomaev2/k710-k600-g-finetune", 1e-5, 3, 0.9, 0.25, 0],
  ["videomaev2/ssv2-g-finetune", 3e-4, 20, 0.9, 0.25, 0],
  ["videomaev2/ucf101-g-finetune", 1e-3, 50, 0.9, 0.35, 0.5],
  ["videomaev2/hmdb51-g-finetune", 5e-4, 15, 0.9, 0.35, 0.5],
  ["videomaev2/k400-h-finetune", 1e-3, 40, 0.8, 0.2, 0.5],
  ["videomaev2/k600-h-finetune", 1e-3, 40, 0.8, 0.2, 0.5],
  ["videomaev2/k710-h-finetune", 1e-3, 40, 0.8, 0.2, 0.5],
  ["videomaev2/ssv2-h-finetune", 5e-4, 20, 0.8, 0.2, 0.5],
  ["videomaev2/k400-l-finetune", 2e-3, 35, 0.75, 0.2, 0],
  ["videomaev2/ssv2-l-finetune", 5e-4, 20, 0.75, 0.2, 0],
  ["videomaev2/k400-b-finetune", 7e-4, 90, 0.75, 0.1, 0],
  ["videomaev2/k710-b-finetune", 7e-4, 90, 0.75, 0.1, 0],
  ["videomaev2/ssv2-b-finetune", 2e-3, 25, 0.65, 0.1, 0],
] as const)(
  "%s has the authors' numbers",
  (name, baseLearningRate, epochs, layerDecay, ...drops) => {
    const recipe = resolvedRecipe(name)
    const [dropPath, headDropout] = drops
    expect(recipe).toMatchObject({ baseLearningRate, epochs, layerDecay, dropPath, headDropout })
    expect(recipe.learningRate).toBeCloseTo(2 * baseLearningRate, 12)
    expect(recipe).toMatchObject({ smoothing: 0.1, mixup: 0.8, cutmix: 1, betas: [0.9, 0.999] })
    const warmup = name.startsWith("videomaev2/k710-k") ? 1 : 5
    expect(recipe.warmup).toBe(warmup * recipe.stepsPerEpoch)
    const giant = name.includes("-g-")
    const onSmallSets = name.includes("ucf101") || name.includes("hmdb51")
    expect(recipe.weightDecay).toBe(giant && !onSmallSets ? 0.1 : 0.05)
    expect(recipe.clipGrad).toBe(giant ? 5 : undefined)
    const something = name.includes("ssv2")
    expect([recipe.sampling, recipe.flips]).toEqual(
      something ? ["segments", false] : ["dense", true],
    )
    const repeated = !name.startsWith("mae/") && !name.endsWith("k400-b-800e-finetune")
    expect(recipe.repeats).toBe(repeated ? 2 : 1)
  },
)

test("every published recipe is tested above", () => {
  expect(Object.keys(publishedFinetuneRecipes)).toHaveLength(28)
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

test("a linear probe of ImageNet has the authors' rate at their batch", () => {
  const options = publishedProbeRecipe("mae/imagenet-l-linprobe", "mae")
  const recipe = resolveProbeRecipe("mae", 1_281_167, { batch: 512, accumulate: 32, ...options })
  expect(recipe).toMatchObject({ learningRate: 6.4, epochs: 90, optimizer: "lars" })
})

describe("small-data", () => {
  const recipe = (clips: number, classes: number) =>
    resolveFinetuneRecipe("videomae", clips, smallData({ clips, classes }))

  test("runs for at least 1,000 steps, and 30 epochs", () => {
    expect(recipe(64, 8).steps).toBe(1000)
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
