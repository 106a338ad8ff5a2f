import { createHash } from "node:crypto"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { referenceBackend } from "@tubelet/core/testing"
import { pretrainModel, type System } from "@tubelet/models"
import { afterEach, beforeEach, expect, test } from "vitest"
import { type FeatureProbe, memoryClips, pretrain } from "../src/index.js"
import { noiseClips, tinyConfig, tinyMasks } from "./tiny.js"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-probe-"))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Dark and bright clips, which any encoder tells apart. */
const twoKinds = (split: (index: number) => string | undefined, wrong: readonly number[] = []) =>
  async function* () {
    const bytes = 4 * 16 * 16 * 3
    for (let index = 0; index < 8; index++) {
      const bright = index % 2
      const label = wrong.includes(index) ? 1 - bright : bright
      const name = split(index)
      const item = { path: `clip ${index}`, label, ...(name !== undefined && { split: name }) }
      const clips = Uint8Array.from(
        { length: bytes },
        (_, i) => 20 + 180 * bright + ((i * index) % 30),
      )
      yield { index, item, clips }
    }
    yield { index: 8, item: { path: "bad" }, clips: new Uint8Array(), reason: "bad" }
  }

async function run(name: string, probe?: FeatureProbe, changes: { resume?: boolean } = {}) {
  const model = pretrainModel(tinyConfig("videomae"))
  const results = []
  for await (const { weights: _, ...result } of pretrain({
    ...{ model, masks: tinyMasks("videomae"), backend: referenceBackend() },
    ...{ data: memoryClips(noiseClips(3, tinyConfig("videomae"))), batch: 2, steps: 5, warmup: 1 },
    ...{ learningRate: 1e-2, saveEvery: 2, out: join(folder, name), ...changes },
    ...(probe && { probe }),
  })) {
    results.push(result)
  }
  return results
}

const digest = async (name: string, file: string) =>
  createHash("sha256")
    .update(await readFile(join(folder, name, "checkpoint-000005", file)))
    .digest("hex")

test("scores features at its own pace, and leaves the weights alone", async () => {
  const clips = twoKinds((index) => (index < 4 ? "train" : "val"))
  await run("bare")
  const results = await run("probed", { every: 3, clips })
  expect(results.map(({ scores }) => scores?.knn)).toEqual([undefined, undefined, 1, undefined, 1])
  const { effectiveRank, skipped } = results[2].scores!
  expect(effectiveRank).toBeGreaterThan(1)
  expect(effectiveRank).toBeLessThan(8)
  expect(skipped).toBe(1)
  for (const file of ["model.safetensors", "optimizer.safetensors"]) {
    expect(await digest("probed", file)).toBe(await digest("bare", file))
  }
  const lines = (await readFile(join(folder, "probed", "metrics.jsonl"), "utf8")).trim().split("\n")
  expect(lines.map((line) => JSON.parse(line).scores)).toEqual(results.map(({ scores }) => scores))
})

test("a resumed run scores the same steps alike", async () => {
  const probe = { every: 3, clips: twoKinds(() => undefined) }
  const scoresOf = (results: Awaited<ReturnType<typeof run>>) =>
    results.map(({ step, scores }) => ({ step, scores }))
  const whole = scoresOf(await run("run", probe))
  await rm(join(folder, "run", "checkpoint-000005"), { recursive: true })
  expect(scoresOf(await run("run", probe, { resume: true }))).toEqual(whole.slice(4))
})

test("splits decide who votes; without them each clip asks all others", async () => {
  let asked = 0
  const knn = async (clips: FeatureProbe["clips"]) =>
    (await run(`knn-${asked++}`, { every: 5, clips })).at(-1)!.scores!.knn
  // Labels are wrong in the clips that vote, or in one that is asked.
  expect(await knn(twoKinds((i) => (i < 4 ? "train" : "test"), [0, 1, 2, 3]))).toBe(0)
  expect(await knn(twoKinds((i) => (i < 4 ? "train" : "val"), [4]))).toBe(0.75)
  expect(await knn(twoKinds(() => undefined, [4]))).toBe(7 / 8)
})

test.each(["mae", "videomaev2"] as const)(
  "%s: clips without labels have a rank",
  async (system) => {
    const [{ scores }] = await firstScores(system)
    expect(Object.keys(scores!)).toEqual(["effectiveRank", "skipped"])
    expect(scores!.effectiveRank).toBeGreaterThan(1)
  },
)

async function firstScores(system: System) {
  const noise = noiseClips(4, tinyConfig(system))
  const clips = async function* () {
    for (const [index, clip] of noise.entries()) {
      yield { index, item: { path: `clip ${index}` }, clips: clip }
    }
  }
  const config = { ...tinyConfig(system), learnablePositions: true }
  const steps = pretrain({
    ...{ model: pretrainModel(config), masks: tinyMasks(system), backend: referenceBackend() },
    ...{ data: memoryClips(noise), batch: 2, steps: 1, warmup: 0, probe: { every: 1, clips } },
  })
  return [(await steps.next()).value!]
}

test("a pace must be whole steps", async () => {
  await expect(run("none", { every: 0, clips: twoKinds(() => undefined) })).rejects.toThrow(
    "probe.every must be an integer of at least 1, got 0",
  )
})
