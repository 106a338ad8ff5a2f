import { referenceBackend } from "@tubelet/core/testing"
import { classifierModel } from "@tubelet/models"
import { describe, expect, test } from "vitest"
import {
  type FinetuneOptions,
  finetune,
  memoryClips,
  memoryStore,
  resolveFinetuneRecipe,
} from "../src/index.js"
import { brightBytes, brightClips, tinyClassifier } from "./tiny.js"

const backend = referenceBackend()
const config = tinyClassifier()
const tiny = () => classifierModel(config)

const options = (given: Partial<FinetuneOptions> = {}): FinetuneOptions => ({
  ...{ backend, model: tiny(), data: brightClips(9), batch: 4, repeats: 1 },
  ...{ steps: 6, warmup: 1, learningRate: 3e-2, layerDecay: 1 },
  ...given,
})

async function lossesOf(given: Partial<FinetuneOptions> = {}) {
  const losses: number[] = []
  for await (const { loss } of finetune(options(given))) losses.push(loss)
  return losses
}

describe("finetune", () => {
  test("learns: other clips are scored when a checkpoint is due", async () => {
    const given = { evaluation: brightBytes(7), steps: 30, saveEvery: 20, mixup: 0, cutmix: 0 }
    const scored: [number, Readonly<Record<string, number>> | undefined][] = []
    for await (const { step, scores } of finetune(options(given))) {
      if (scores) scored.push([step, scores])
    }
    expect(scored.map(([step]) => step)).toEqual([20, 30])
    const { loss, ...accuracies } = scored.at(-1)![1]!
    expect(accuracies).toEqual({ top1: 1, top5: 1, skipped: 1 })
    expect(loss).toBeLessThan(scored[0][1]!.loss)
  })

  test("class weights change the losses", async () => {
    expect(await lossesOf({ classWeights: [3, 1, 1] })).not.toEqual(await lossesOf())
  })

  test.each([
    ["encoder", ["fc_norm", "head"]],
    ["encoder:1", ["blocks.1", "fc_norm", "head"]],
  ] as const)("--freeze %s leaves only %j to learn", async (freeze, learned) => {
    const changed = new Set<string>()
    const initial = tiny().initialise(0)
    for await (const { weights } of finetune(options({ freeze, steps: 2, warmup: 0 }))) {
      for (const [name, handle] of Object.entries(weights)) {
        const values = await handle.data()
        if (values.some((value, i) => value !== initial[name][i])) changed.add(name)
      }
    }
    const parts = new Set([...changed].map((name) => learned.find((part) => name.startsWith(part))))
    expect([...parts].sort()).toEqual([...learned].sort())
  })

  test("refuses class weights that do not fit", () => {
    const run = () => finetune(options({ classWeights: [1, 2] }))
    expect(run).toThrow("2 weights, but the model has 3 classes")
    expect(() => finetune(options({ classWeights: [1, -1, 1] }))).toThrow("classWeights[1] is -1")
    expect(() => finetune(options({ classWeights: [0, 0, 0] }))).toThrow("all classWeights are 0")
  })

  test("refuses to freeze blocks that the encoder does not have", () => {
    expect(() => finetune(options({ freeze: "encoder:99" }))).toThrow(/encoder:99, but .* blocks/)
  })

  test("resumes to the same losses", async () => {
    const whole = await lossesOf()
    const out = memoryStore()
    const stop = new AbortController()
    const first: number[] = []
    for await (const { step, loss } of finetune(options({ out, signal: stop.signal }))) {
      first.push(loss)
      if (step === 3) stop.abort()
    }
    const rest = await lossesOf({ out, resume: true })
    expect([...first, ...rest]).toEqual(whole)
  })

  test("is saved before it is scored, and an aborted run is not scored to the end", async () => {
    const stop = new AbortController()
    const out = memoryStore()
    const evaluation = async function* () {
      for await (const clip of brightBytes(100)()) {
        if (clip.index === 3) stop.abort()
        expect(clip.index).toBeLessThan(5)
        yield clip
      }
    }
    const given = options({ evaluation, out, saveEvery: 2, signal: stop.signal })
    const steps: unknown[] = []
    for await (const { step, scores } of finetune(given)) steps.push([step, scores])
    expect(steps).toEqual([
      [1, undefined],
      [2, undefined],
    ])
    expect((await out.latest(() => {}))?.state.step).toBe(2)
    const unlabelled = options({
      evaluation: brightBytes(2, false),
      out: memoryStore(),
      saveEvery: 2,
    })
    await expect(
      finetune(unlabelled)
        .next()
        .then(() => lossesOf(unlabelled)),
    ).rejects.toThrow("clip 0 has no label")
  })

  test("refuses data with other repeats than the recipe's", async () => {
    await expect(lossesOf({ repeats: 2 })).rejects.toThrow(
      "data has 1 repeats, but the recipe has 2",
    )
  })

  test("refuses clips without labels, and labels that are no class", async () => {
    const unlabelled = memoryClips<"f32">([new Float32Array(4 * 16 * 16 * 3)])
    await expect(lossesOf({ data: unlabelled })).rejects.toThrow("the clips have no labels")
    const beyond = memoryClips<"f32">([new Float32Array(4 * 16 * 16 * 3)], { labels: [3] })
    await expect(lossesOf({ data: beyond })).rejects.toThrow("label 3, ")
  })
})

test("the defaults are the authors'", () => {
  const videomae = resolveFinetuneRecipe("videomae", 1000, { batch: 10 })
  expect(videomae).toMatchObject({
    ...{ epochs: 30, steps: 3000, warmup: 500, repeats: 2, layerDecay: 0.75 },
    ...{ smoothing: 0.1, mixup: 0.8, cutmix: 1, dropPath: 0.1, weightDecay: 0.05 },
    ...{ learningRate: (1e-3 * 10) / 256, minLearningRate: (1e-6 * 10) / 256 },
  })
  // MAE scales the peak alone.
  const mae = resolveFinetuneRecipe("mae", 1000, { batch: 512 })
  expect(mae).toMatchObject({ learningRate: 2e-3, minLearningRate: 1e-6, mixup: 0, repeats: 1 })
})
