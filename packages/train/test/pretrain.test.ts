import { createHash } from "node:crypto"
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { referenceBackend } from "@tubelet/core/testing"
import { pretrainModel, type System } from "@tubelet/models"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import {
  memoryClips,
  type PretrainOptions,
  pretrain,
  type RecipeOptions,
  resolveRecipe,
} from "../src/index.js"
import { noiseClips, tinyConfig, tinyMasks, tinyModel } from "./tiny.js"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-train-"))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const options = (system: System = "videomaev2"): PretrainOptions => ({
  model: tinyModel(system),
  masks: tinyMasks(system),
  data: memoryClips(noiseClips(5, tinyConfig(system))),
  backend: referenceBackend(),
  batch: 2,
  steps: 6,
  warmup: 2,
  learningRate: 1e-2,
  seed: 3,
  saveEvery: 2,
  out: join(folder, "run"),
})

const drain = async (given: PretrainOptions) => {
  const results = []
  for await (const result of pretrain(given)) results.push(result)
  return results
}

/** A digest of the weights, so that a difference prints as one line. */
const weightsOf = async (run: string) => {
  const path = join(folder, run, "checkpoint-000006", "model.safetensors")
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex")
}

const metricsOf = async (run: string) =>
  (await readFile(join(folder, run, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))

describe.each(["mae", "videomae", "videomaev2"] as const)("%s", (system) => {
  test("pre-trains: the loss falls, and each step is reported", async () => {
    const results = await drain({
      ...options(system),
      steps: 30,
      data: one(system),
      out: undefined,
    })
    expect(results.map((r) => r.step)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
    expect(results.at(-1)!.loss).toBeLessThan(0.8 * results[0]!.loss)
    expect(results[0]!.lr).toBe(0)
  })
})

const one = (system: System) => memoryClips(noiseClips(1, tinyConfig(system)))

describe("an epoch's last, smaller batch", () => {
  const still = { learningRate: 0, weightDecay: 0, out: undefined }

  test.each(["mae", "videomae", "videomaev2"] as const)(
    "%s: its padding adds nothing",
    async (s) => {
      const data = memoryClips(noiseClips(3, tinyConfig(s)))
      const given = { ...options(s), ...still, data }
      const one = await drain({ ...given, batch: 1, steps: 6 })
      const two = await drain({ ...given, batch: 2, steps: 4 })
      expect(two.map((r) => r.epoch)).toEqual([0, 0, 1, 1])
      for (const [i, j] of [
        [1, 2],
        [3, 5],
      ] as const) {
        expect(two[i]!.loss).toBeCloseTo(one[j]!.loss, 12)
        expect(two[i]!.gradNorm).toBeCloseTo(one[j]!.gradNorm, 12)
      }
      const [three] = await drain({ ...given, batch: 3, steps: 1 })
      const notices: string[] = []
      const many = { ...given, batch: 8, onNotice: (line: string) => notices.push(line) }
      const [all] = await drain({ ...many, steps: 1 })
      expect(all!.loss).toBeCloseTo(three!.loss, 6)
      expect(notices).toEqual([expect.stringMatching(/batch of 8 .* 3 clips/)])
      const [summed] = await drain({ ...given, batch: 2, accumulate: 4, steps: 1 })
      expect(summed!.loss).toBeCloseTo(three!.loss, 6)
    },
  )

  test("counts as a step of the epoch; warm-up is cut off to whole steps", () => {
    const recipe = (options: RecipeOptions) => resolveRecipe("videomae", 10, options)
    expect(recipe({ batch: 4, epochs: 5, warmup: 0.9 })).toMatchObject({
      ...{ stepsPerEpoch: 3, steps: 15, warmupSteps: 2 },
    })
    expect(recipe({ batch: 16, epochs: 5 })).toMatchObject({ steps: 5, warmupSteps: 0 })
    expect(recipe({ batch: 5, epochs: 800 })).toMatchObject({ steps: 1600, warmupSteps: 80 })
    expect(recipe({ batch: 4, accumulate: 2, steps: 7 })).toMatchObject({ epochs: 3.5 })
  })
})

describe("the run's folder", () => {
  test("holds config, metrics and the newest checkpoints", async () => {
    await drain({ ...options(), keep: 2, config: { note: "mine" } })
    const names = (await readdir(join(folder, "run"))).sort()
    const expected = ["checkpoint-000004", "checkpoint-000006", "config.json", "metrics.jsonl"]
    expect(names).toEqual(expected)
    const checkpoint = join(folder, "run", "checkpoint-000006")
    const files = ["config.json", "model.safetensors", "optimizer.safetensors", "state.json"]
    expect((await readdir(checkpoint)).sort()).toEqual(files)
    const state = JSON.parse(await readFile(join(checkpoint, "state.json"), "utf8"))
    expect(state).toMatchObject({ step: 6, epoch: 1, position: 10, seed: 3, skipped: [] })
    const fields = ["step", "epoch", "loss", "lr", "gradNorm", "samplesPerSecond", "dataSeconds"]
    const lines = await metricsOf("run")
    expect(lines).toHaveLength(6)
    for (const line of lines) expect(Object.keys(line)).toEqual(fields)
  })

  test("is refused without resume once it holds a run, and nothing in it changes", async () => {
    await drain(options())
    const before = await weightsOf("run")
    await expect(drain(options())).rejects.toThrow(/already holds a run \(checkpoint-000006\)/)
    expect(await weightsOf("run")).toEqual(before)
  })

  test("is refused while another run writes there", async () => {
    const running = pretrain(options())
    await running.next()
    await expect(drain({ ...options(), resume: true })).rejects.toThrow(/another run/)
    await running.return()
    await drain({ ...options(), resume: true })
  })
})

describe("resume", () => {
  test("goes on to the same bytes, and metrics hold each step once", async () => {
    await drain({ ...options(), out: join(folder, "whole") })
    const stopped = pretrain({ ...options(), resume: true })
    for (let i = 0; i < 3; i++) await stopped.next()
    await stopped.return()
    await drain({ ...options(), resume: true })
    expect(await weightsOf("run")).toEqual(await weightsOf("whole"))
    const strip = (lines: { step: number; loss: number }[]) => lines.map((l) => [l.step, l.loss])
    expect(strip(await metricsOf("run"))).toEqual(strip(await metricsOf("whole")))
  })

  test("equals when micro-batches are accumulated, too", async () => {
    const given = { ...options(), batch: 1, accumulate: 2 }
    await drain({ ...given, out: join(folder, "whole") })
    await drain({ ...given, signal: AbortSignal.abort() })
    const stopped = pretrain({ ...given, resume: true })
    for (let i = 0; i < 3; i++) await stopped.next()
    await stopped.return()
    await drain({ ...given, resume: true })
    expect(await weightsOf("run")).toEqual(await weightsOf("whole"))
  })

  test("micro-batches weigh as one large batch does", async () => {
    const losses = (results: { loss: number }[]) => results.map((r) => r.loss)
    const large = losses(await drain({ ...options(), out: undefined }))
    const small = losses(await drain({ ...options(), batch: 1, accumulate: 2, out: undefined }))
    for (const [i, loss] of small.entries()) expect(loss).toBeCloseTo(large[i]!, 6)
  })

  test("does nothing where nothing is left", async () => {
    await drain(options())
    expect(await drain({ ...options(), resume: true })).toEqual([])
  })

  test("passes over a checkpoint that was cut short, and a dead run's lock", async () => {
    await drain({ ...options(), out: join(folder, "whole") })
    await drain({ ...options(), steps: 4, out: join(folder, "run"), saveEvery: 2 })
    const last = join(folder, "run", "checkpoint-000004", "model.safetensors")
    await writeFile(last, (await readFile(last)).subarray(0, 1000))
    await writeFile(join(folder, "run", ".lock"), JSON.stringify({ pid: 2 ** 22, host: "gone" }))
    const steps = (await drain({ ...options(), resume: true })).map((r) => r.step)
    expect(steps).toEqual([3, 4, 5, 6])
  })

  const { encoder, decoder } = tinyMasks()
  const deeper = { ...tinyConfig(), decoder: { ...tinyConfig().decoder, depth: 2 } }
  const asIf = { ...memoryClips(noiseClips(5, tinyConfig())), sampling: { stride: 2 } }

  test.each<[string, Partial<PretrainOptions>, string]>([
    ["seed", { seed: 4 }, "seed 3, not 4"],
    ["batch", { batch: 1 }, "samplesPerStep 2, not 1"],
    ["system", { model: tinyModel("videomae") }, "model.system videomaev2, not videomae"],
    ["depth", { model: pretrainModel(deeper) }, "model.decoder.depth 1, not 2; target pixels"],
    ["target", { model: pretrainModel(tinyConfig()) }, "target pixels, not normalised"],
    ["masking", { masks: { encoder: decoder!, decoder: decoder! } }, "masking.name tube, not runn"],
    ["ratio", { masks: { encoder: { ...encoder, ratio: 0.5 }, decoder: decoder! } }, "ratio 0.75,"],
    ["decoder's mask", { masks: { encoder } }, "decoderMasking.name running-cell, not none"],
    ["stride", { data: asIf }, "sampling.stride none, not 2"],
  ])("refuses another %s, and leaves the run alone", async (_, change, message) => {
    await drain({ ...options(), steps: 2, config: { note: "first" } })
    const resumed = drain({ ...options(), resume: true, ...change })
    await expect(resumed).rejects.toThrow(message)
    await expect(resumed).rejects.toThrow(/the run was started with .*\n.*in another folder/)
    const kept = await readFile(join(folder, "run", "config.json"), "utf8")
    expect(JSON.parse(kept)).toEqual({ note: "first" })
  })

  test("goes on with other steps, rates and decay, and says what may change the bytes", async () => {
    await drain({ ...options(), steps: 2 })
    const notices: string[] = []
    const change = { steps: 4, learningRate: 1e-3, weightDecay: 0, clipGrad: 1, saveEvery: 1 }
    const split = { batch: 1, accumulate: 2, onNotice: (line: string) => notices.push(line) }
    expect(await drain({ ...options(), resume: true, ...change })).toHaveLength(2)
    expect(notices).toEqual([])
    expect(await drain({ ...options(), resume: true, ...split })).toHaveLength(2)
    expect(notices).toEqual([expect.stringMatching(/^batch changed from 2 to 1: the run goes on/)])
  })
})

describe("stopping", () => {
  test("a signal ends the run after its step, saved", async () => {
    const stop = new AbortController()
    const steps = []
    for await (const { step, checkpoint } of pretrain({ ...options(), signal: stop.signal })) {
      steps.push([step, checkpoint !== undefined])
      if (step === 2) stop.abort()
    }
    expect(steps).toEqual([
      [1, false],
      [2, true],
    ])
  })

  test("a loss that is no number stops the run, and says what to do", async () => {
    const model = tinyModel()
    const init = model.initialise(0)
    init["encoder.norm.weight"]!.fill(Number.NaN)
    await expect(drain({ ...options(), model, init })).rejects.toThrow(/the loss is NaN at step 1/)
  })
})

test("findNan names the first tensor that is not finite", async () => {
  const model = tinyModel()
  const init = model.initialise(0)
  init["encoder.norm.weight"]!.fill(Number.NaN)
  const given = { ...options(), model, init, findNan: true }
  await expect(drain(given)).rejects.toThrow(/weight "encoder.norm.weight" is the first/)
  init["encoder.norm.weight"]!.fill(3e38)
  await expect(drain(given)).rejects.toThrow(/tensor "(latent|decoder_embed)" is the first/)
})

test("a signal between two steps saves the last one", async () => {
  const stop = new AbortController()
  const run = pretrain({ ...options(), saveEvery: 100, signal: stop.signal })
  await run.next()
  stop.abort()
  expect((await run.next()).done).toBe(true)
  expect(await readdir(join(folder, "run"))).toContain("checkpoint-000001")
})

describe("bad numbers are refused with the name", () => {
  test.each([
    [{ batch: 0 }, /batch is 0/],
    [{ learningRate: -1 }, /learningRate is -1/],
    [{ steps: 1.5 }, /steps is 1.5/],
    [{ epochs: 2 }, /both steps and epochs/],
    [{ baseLearningRate: 1 }, /both learningRate and baseLearningRate/],
  ])("%o", async (wrong, message) => {
    await expect(drain({ ...options(), ...wrong })).rejects.toThrow(message)
  })
})
