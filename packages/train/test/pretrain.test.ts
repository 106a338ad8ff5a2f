import { createHash } from "node:crypto"
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openSafetensors } from "@tubelet/checkpoint"
import { replaceFile } from "@tubelet/core/files"
import { random } from "@tubelet/core/random"
import { referenceBackend } from "@tubelet/core/testing"
import { defineMasking } from "@tubelet/masking"
import { drawDropPathFactors, pretrainModel, type System, targetNamed } from "@tubelet/models"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import {
  maskedBatch,
  memoryClips,
  type PretrainOptions,
  pretrain,
  type RecipeOptions,
  resolveRecipe,
  tokenCounts,
} from "../src/index.js"
import { weightDecays } from "../src/recipe/rates.js"
import { noiseClips, tinyConfig, tinyMasks, tinyModel, twice } from "./tiny.js"

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
    expect(results.at(-1)!.loss).toBeLessThan(0.8 * results[0].loss)
    expect(results[0].lr).toBe(0)
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
        expect(two[i].loss).toBeCloseTo(one[j].loss, 12)
        expect(two[i].gradNorm).toBeCloseTo(one[j].gradNorm, 12)
      }
      const [three] = await drain({ ...given, batch: 3, steps: 1 })
      const notices: string[] = []
      const many = { ...given, batch: 8, onNotice: (line: string) => notices.push(line) }
      const [all] = await drain({ ...many, steps: 1 })
      expect(all.loss).toBeCloseTo(three.loss, 6)
      expect(notices).toEqual([
        expect.stringMatching(/batch \(8\) is larger than the data set \(3\)/),
      ])
      const [summed] = await drain({ ...given, batch: 2, accumulate: 4, steps: 1 })
      expect(summed.loss).toBeCloseTo(three.loss, 6)
    },
  )

  test("counts as a step of the epoch; warm-up is cut off to whole steps", () => {
    const recipe = (options: RecipeOptions) => resolveRecipe("videomae", 10, options)
    expect(recipe({ batch: 4, epochs: 5, warmup: 0.9 })).toMatchObject({
      ...{ stepsPerEpoch: 3, steps: 15, warmup: 2 },
    })
    expect(recipe({ batch: 16, epochs: 5 })).toMatchObject({ steps: 5, warmup: 0 })
    expect(recipe({ batch: 5, epochs: 800 })).toMatchObject({ steps: 1600, warmup: 80 })
    expect(recipe({ batch: 4, accumulate: 2, steps: 7 })).toMatchObject({ epochs: 3.5 })
  })
})

test("a decoder that predicts only what the encoder sees is refused by name", async () => {
  const first = defineMasking({
    name: "first",
    keep: ({ grid }) => grid.frames * grid.height * grid.width * 0.25,
    sample: ({ keep }) => Int32Array.from({ length: keep }, (_, i) => i),
  })
  const rule = { masking: first, ratio: 0.75 }
  const run = drain({ ...options(), masks: { encoder: rule, decoder: rule } })
  await expect(run).rejects.toThrow(
    /every token .* "first" predicts is visible .*\nchoose another decoder/,
  )
})

describe("the run's folder", () => {
  test("holds config, metrics and the newest checkpoints", async () => {
    await drain({ ...options(), keep: 2, config: { note: "mine" } })
    const names = (await readdir(join(folder, "run"))).sort()
    const expected = [
      "checkpoint-000004",
      "checkpoint-000006",
      "config.json",
      "epochs.csv",
      "metrics.jsonl",
    ]
    expect(names).toEqual(expected)
    const checkpoint = join(folder, "run", "checkpoint-000006")
    const files = ["config.json", "model.safetensors", "optimizer.safetensors", "state.json"]
    expect((await readdir(checkpoint)).sort()).toEqual(files)
    const state = JSON.parse(await readFile(join(checkpoint, "state.json"), "utf8"))
    expect(state).toMatchObject({ step: 6, epoch: 1, position: 10, skipped: [] })
    expect(state.identity).toMatchObject({ task: "pretrain", seed: 3 })
    const fields = ["step", "epoch", "loss", "lr", "gradNorm", "samplesPerSecond", "dataSeconds"]
    fields.push("seconds")
    const lines = await metricsOf("run")
    expect(lines).toHaveLength(6)
    for (const line of lines) expect(Object.keys(line)).toEqual(fields)
  })

  test("is cleared of what a killed run left unfinished, and of nothing else", async () => {
    const run = join(folder, "run")
    await mkdir(join(run, ".tubelet-saving-checkpoint-000002"), { recursive: true })
    await writeFile(join(run, ".tmp-config.json-99-1"), "{")
    await writeFile(join(run, ".tmp-mine"), "mine")
    const cut = replaceFile(join(run, "config.json"), async () => {
      expect(await readdir(run)).toContainEqual(expect.stringMatching(/^\.tmp-config\.json-/))
      await drain({ ...options(), steps: 1 })
      const left = (await readdir(run)).filter((name) => name.startsWith("."))
      expect(left).toEqual([".tmp-mine"])
      throw new Error("killed")
    })
    await expect(cut).rejects.toThrow("killed")
    const names = [".tmp-mine", "checkpoint-000001", "config.json", "epochs.csv", "metrics.jsonl"]
    expect((await readdir(run)).sort()).toEqual(names)
  })

  test("is refused without resume once it holds a run, and nothing in it changes", async () => {
    await drain(options())
    const before = await weightsOf("run")
    await expect(drain(options())).rejects.toThrow(/already contains a run \(checkpoint-000006\)/)
    expect(await weightsOf("run")).toEqual(before)
  })

  test("is refused while another writes there", async () => {
    const running = pretrain(options())
    await running.next()
    const second = drain({ ...options(), resume: true })
    await expect(second).rejects.toThrow(/process \d+ is writing to this folder/)
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
    for (const [i, loss] of small.entries()) expect(loss).toBeCloseTo(large[i], 6)
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
    const notices: string[] = []
    const resumed = { ...options(), resume: true, onNotice: (l: string) => notices.push(l) }
    expect((await drain(resumed)).map((r) => r.step)).toEqual([3, 4, 5, 6])
    const notice = /^checkpoint-000004 is damaged; skipping it: .*model.safetensors/
    const from = "resuming after step 2 of 6, epoch 0"
    expect(notices).toEqual([expect.stringMatching(notice), from])
  })

  test("says where there is nothing to resume", async () => {
    const notices: string[] = []
    const resumed = { ...options(), resume: true, onNotice: (l: string) => notices.push(l) }
    expect((await drain(resumed)).map((r) => r.step)).toEqual([1, 2, 3, 4, 5, 6])
    expect(notices).toEqual(["no checkpoint to resume from; starting a new run"])
  })

  test.each(["state.json", "model.safetensors", "optimizer.safetensors"])(
    "stops where the newest checkpoint's %s merely cannot be opened now",
    async (name) => {
      await drain({ ...options(), steps: 4 })
      const before = await readdir(join(folder, "run"))
      const file = join(folder, "run", "checkpoint-000004", name)
      await rm(file)
      await symlink(file, file)
      await expect(drain({ ...options(), resume: true })).rejects.toThrow(/ELOOP/)
      expect(await readdir(join(folder, "run"))).toEqual(before)
    },
  )

  const { encoder, decoder } = tinyMasks()
  const deeper = { ...tinyConfig(), decoder: { ...tinyConfig().decoder, depth: 2 } }
  const asIf = { ...memoryClips(noiseClips(5, tinyConfig())), sampling: { stride: 2 } }

  test.each<[string, Partial<PretrainOptions>, string]>([
    ["seed", { seed: 4 }, "seed 3, not 4"],
    ["batch", { batch: 1 }, "effectiveBatchSize 2, not 1"],
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

  test("goes on with other steps, rates and decay; says what may change the bytes", async () => {
    await drain({ ...options(), steps: 2 })
    const notices: string[] = []
    const change = { steps: 4, learningRate: 1e-3, weightDecay: 0, clipGrad: 1, saveEvery: 1 }
    const split = { batch: 1, accumulate: 2, onNotice: (line: string) => notices.push(line) }
    expect(await drain({ ...options(), resume: true, ...change })).toHaveLength(2)
    expect(notices).toEqual([])
    expect(await drain({ ...options(), resume: true, ...split })).toHaveLength(2)
    const from = "resuming after step 4 of 6, epoch 1"
    expect(notices).toEqual([
      from,
      expect.stringMatching(/^batch changed from 2 to 1: the final weights will differ/),
    ])
  })
})

describe("the authors' options", () => {
  const stored = async (step: number, name: string) => {
    const file = await openSafetensors(join(folder, "run", `checkpoint-00000${step}`, name))
    const tensors = Object.fromEntries(
      await Promise.all(file.names.map(async (n) => [n, await file.floats(n)] as const)),
    )
    await file.close()
    return tensors
  }

  test("ema: decay * average + (1 - decay) * weights, from the first weights on", async () => {
    const model = tinyModel("mae")
    const init = model.initialise(1)
    const name = "decoder_pred.weight"
    const expected = Float64Array.from(init[name])
    await drain({ ...options("mae"), model, init, saveEvery: 1, keep: 0, ema: 0.75 })
    for (let step = 1; step <= 6; step++) {
      const weights = (await stored(step, "model.safetensors"))[name]
      for (let i = 0; i < expected.length; i++) {
        expected[i] = 0.75 * expected[i] + 0.25 * weights[i]
      }
    }
    const found = await stored(6, "ema.safetensors")
    for (const [i, value] of expected.entries()) expect(found[name][i]).toBeCloseTo(value, 6)
    expect(Object.keys(found).sort()).toEqual(Object.keys(model.specs).sort())
  })

  test.each([1, 2])(
    "a resumed run ends at the same bytes, in %i micro-batches",
    async (accumulate) => {
      const encoder = { ...tinyConfig().encoder, depth: 2 }
      const config = { ...tinyConfig(), encoder }
      const target = targetNamed("pixels")
      const model = pretrainModel(config, { target, dropPath: 0.5 })
      const more = { ema: 0.9, weightDecayEnd: 0.2, accumulate, model }
      const given = { ...options(), ...more, batch: 2 / accumulate }
      await drain({ ...given, out: join(folder, "whole") })
      const stopped = pretrain(given)
      for (let i = 0; i < 3; i++) await stopped.next()
      await stopped.return()
      await drain({ ...given, resume: true })
      expect(await weightsOf("run")).toEqual(await weightsOf("whole"))
      const bytes = async (run: string) =>
        (await readFile(join(folder, run, "checkpoint-000006", "ema.safetensors"))).toString("hex")
      expect(await bytes("run")).toBe(await bytes("whole"))
      const none = await drain({
        ...{ ...given, model: pretrainModel(config, { target }), out: undefined },
      })
      const dropped = await drain({ ...given, out: undefined })
      expect(dropped.map((r) => r.loss)).not.toEqual(none.map((r) => r.loss))
    },
  )

  test("an average that is wanted only now begins now, and says so", async () => {
    await drain({ ...options(), steps: 2 })
    const notices: string[] = []
    const resumed = { ...options(), resume: true, ema: 0, onNotice: (l: string) => notices.push(l) }
    await drain(resumed)
    expect(notices.slice(1)).toEqual([expect.stringMatching(/average of the weights starts/)])
    expect(await stored(6, "ema.safetensors")).toEqual(await stored(6, "model.safetensors"))
  })

  test("an average that is no longer wanted ends, and the run says so", async () => {
    await drain({ ...options(), steps: 2, ema: 0.9 })
    const notices: string[] = []
    await drain({ ...options(), resume: true, onNotice: (l: string) => notices.push(l) })
    expect(notices.slice(1)).toEqual([expect.stringMatching(/average of the weights stops/)])
    const names = await readdir(join(folder, "run", "checkpoint-000006"))
    expect(names).not.toContain("ema.safetensors")
  })

  test("weight decay goes by half a cosine from its first value to its last", () => {
    const recipe = resolveRecipe("videomae", 10, { batch: 1, steps: 4, weightDecayEnd: 0.45 })
    const [first, ...rest] = [0, 1, 2, 3, 4].map(weightDecays(recipe))
    const expected = [0, 1, 2, 3, 4].map((i) => 0.45 - 0.2 * (1 + Math.cos((Math.PI * i) / 4)))
    for (const [i, decay] of [first, ...rest].entries()) expect(decay).toBeCloseTo(expected[i], 14)
    expect(weightDecays(resolveRecipe("mae", 10, {}))(5)).toBe(0.05)
  })

  test("drop path is keyed by seed, epoch and sample, and leaves padding alone", () => {
    const model = pretrainModel(tinyConfig(), { dropPath: 0.5 })
    const rules = tinyMasks()
    const counts = tokenCounts(model, rules)
    const [clip] = noiseClips(1, tinyConfig())
    const draw = (epoch: number, index: number, seed = 0) => {
      const request = { model, rules, counts, seed, step: 0 }
      return maskedBatch(request, { clips: clip, samples: [{ epoch, index }], next: 1 }, 2)
        .dropPathFactors
    }
    expect(draw(0, 0)).toEqual(draw(0, 0))
    // Stacks of one block drop nothing: the rates begin at 0.
    expect([...draw(0, 0)!]).toEqual([1, 1, 1, 1, 0, 0, 0, 0])
    const many = [...Array(40).keys()].flatMap((i) => [
      ...drawDropPathFactors([3, 2], 0.5, random(0, "drops", 0, i)),
    ])
    expect(new Set(many)).toEqual(new Set([0, 1, Math.fround(1 / 0.75), 2]))
    const ofBlock = (block: number) => many.filter((_, i) => (i >> 1) % 5 === block)
    expect(ofBlock(0)).toEqual(Array(80).fill(1))
    expect(ofBlock(3)).toEqual(Array(80).fill(1))
    const share = ofBlock(4).filter((factor) => factor === 0).length / 80
    expect(Math.abs(share - 0.5)).toBeLessThan(0.2)
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
    init["encoder.norm.weight"].fill(Number.NaN)
    await expect(drain({ ...options(), model, init })).rejects.toThrow(/the loss is NaN at step 1/)
  })
})

describe.each([1, 2])("findNan, in %i micro-batches", (accumulate) => {
  const broken = (change: (weights: Record<string, Float32Array>) => void) => {
    const model = tinyModel()
    const init = model.initialise(0)
    change(init)
    return { ...options(), batch: 2 / accumulate, accumulate, model, init, findNan: true }
  }

  test("names a weight that was not finite before", async () => {
    const given = broken((init) => init["encoder.norm.weight"].fill(Number.NaN, 3))
    const message = /params\/encoder.norm.weight was not finite before the step: element 3 /
    await expect(drain(given)).rejects.toThrow(message)
  })

  test("names the op in the forward pass, with its line and what it leads to", async () => {
    const given = broken((init) => init["decoder.head.bias"].fill(3e38))
    const message =
      /^(mul|square) \(.*\.ts:\d+:\d+\) is the first op .* computing \S*loss; .* 3.00e\+38/
    await expect(drain(given)).rejects.toThrow(message)
  })

  test("names the op in the update, though loss and gradients are finite", async () => {
    const given = { ...broken(() => {}), learningRate: 3e38, warmup: 0, weightDecay: 1e9 }
    await expect(drain(given)).rejects.toThrow(
      /^adamW \(.*\) is the first op .* computing (params|optimizer)/,
    )
  })

  test("changes nothing where all is well", async () => {
    const { findNan: _, ...given } = broken(() => {})
    await drain({ ...given, out: join(folder, "whole") })
    await drain({ ...given, findNan: true })
    expect(await weightsOf("run")).toEqual(await weightsOf("whole"))
  })
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
    [{ batch: 0 }, /batch must be .*, got 0$/],
    [{ learningRate: -1 }, /learningRate must be .*, got -1$/],
    [{ steps: 1.5 }, /steps must be .*, got 1.5$/],
    [{ ema: 1 }, /ema must be .* below 1, got 1$/],
    [{ epochs: 2 }, /both steps and epochs/],
    [{ baseLearningRate: 1 }, /both learningRate and baseLearningRate/],
  ])("%o", async (wrong, message) => {
    await expect(drain({ ...options(), ...wrong })).rejects.toThrow(message)
  })
})

describe("repeated augmentation", () => {
  const data = twice(memoryClips(noiseClips(5, tinyConfig())))
  const repeated = (): PretrainOptions => ({ ...options(), data, repeats: 2 })

  test("resumes to the same bytes, and refuses another number of repeats", async () => {
    await drain({ ...repeated(), out: join(folder, "whole") })
    for await (const { step } of pretrain(repeated())) if (step === 3) break
    await drain({ ...repeated(), resume: true })
    expect(await weightsOf("run")).toBe(await weightsOf("whole"))
    const other = drain({ ...options(), resume: true, steps: 8 })
    await expect(other).rejects.toThrow("started with repeats 2, not 1")
    await expect(drain({ ...options(), repeats: 2 })).rejects.toThrow(
      /data has 1 repeats, but the recipe has 2/,
    )
  })

  test("counts repeats in the step, not in epochs and the learning rate", () => {
    const recipe = (repeats: number) =>
      resolveRecipe("videomaev2", 64, { batch: 8, epochs: 3, repeats })
    const { clipsPerStep, ...rest } = recipe(4)
    expect(clipsPerStep).toBe(32)
    const { clipsPerStep: _, ...single } = recipe(1)
    expect(rest).toEqual({ ...single, repeats: 4 })
  })

  test("draws each repeat's masks anew; the first are those of a clip alone", () => {
    const model = tinyModel("videomaev2")
    const rules = tinyMasks("videomaev2")
    const request = { model, rules, counts: tokenCounts(model, rules), seed: 1, step: 0 }
    const { frames, imageSize } = model.config
    const bytes = frames * imageSize * imageSize * 3
    const masks = (...repeats: (number | undefined)[]) => {
      const samples = repeats.map((repeat) => ({
        epoch: 0,
        index: 2,
        ...(repeat !== undefined && { repeat }),
      }))
      const clips = new Uint8Array(repeats.length * bytes)
      return maskedBatch(request, { clips, samples, next: 0 }).visible
    }
    const each = masks(0, 1, 2, 3)
    const count = request.counts.visible
    expect(each.subarray(0, count)).toEqual(masks(undefined))
    const drawn = [0, 1, 2, 3].map((i) => String(each.subarray(i * count, (i + 1) * count)))
    expect(new Set(drawn).size).toBeGreaterThan(1)
  })
})
