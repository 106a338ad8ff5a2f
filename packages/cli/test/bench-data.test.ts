import { readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, test } from "vitest"
import { limitOf, type Measured } from "../src/bench/limit.js"
import { readingOf } from "../src/bench/reading.js"
import { makeProject, tubelet } from "./project.js"

const clips = fileURLToPath(new URL("../../../examples/clips", import.meta.url))

let folder: string
const at = (...path: string[]) => join(folder, ...path)

beforeAll(async () => {
  folder = await makeProject()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const sizes = ["--frames", "4", "--size", "32", "--workers", "0"]
const counts = ["--batch", "2", "--batches", "1", "--warmup", "1"]

async function bench(path: string, ...argv: string[]) {
  const run = await tubelet("bench", "data", path, ...counts, ...argv, "--json")
  expect(run.code, run.stderr).toBe(0)
  return { ...JSON.parse(run.stdout), text: run.stderr }
}

test("a recipe's clips are read as its command reads them", async () => {
  const decoded = ["copy", "decode", "open"]
  const augmented = ["normalise", "rand-augment", "random-erasing", "random-resized-crop"]
  const names = (parts: object) => Object.keys(parts).sort()

  const kinetics = await bench(clips, ...sizes, "--recipe", "videomae/k400-b-finetune")
  expect(kinetics).toMatchObject({ frames: 4, size: 32, stride: 4, repeats: 2, pixels: "f32" })
  expect(kinetics).toMatchObject({ sampling: "dense", clips: 4, files: 14, skipped: 0 })
  expect(names(kinetics.parts)).toEqual([...decoded, ...augmented, "flip"].sort())

  const something = await bench(clips, ...sizes, "--recipe", "videomae/ssv2-b-finetune")
  expect(something).toMatchObject({ stride: 2, repeats: 2, sampling: "random-segments" })
  expect(names(something.parts)).toEqual([...decoded, ...augmented].sort())

  const picture = at("clips/clip-0/img_00001.png")
  const probe = await bench(
    picture,
    ...sizes,
    "--frames",
    "1",
    "--recipe",
    "mae/imagenet-b-linprobe",
  )
  expect(probe).toMatchObject({ frames: 1, repeats: 1, pixels: "f32", clips: 2, files: 1 })
  expect(probe.transforms[0]).toMatchObject({ name: "random-resized-crop", clamped: true })
})

test("recipes of every command have their transforms, samplings and repeats", () => {
  const hybrid = readingOf("videomaev2/hybrid-b-pretrain")
  expect(hybrid).toMatchObject({ repeats: 4, stride: 4, transforms: ["multi-scale-crop"] })
  expect(readingOf("videomae/ssv2-pretrain")).toMatchObject({ repeats: 1, stride: 2 })
  expect(readingOf("videomaev2/distill-b")).toMatchObject({ repeats: 2, sampling: "dense" })
  expect(readingOf("videomae/k400-b-800e-finetune").repeats).toBe(1)
  expect(readingOf("mae/imagenet-b-finetune").sampling).toBeUndefined()
})

test("an unknown recipe is wrong usage, and the known ones are named", async () => {
  const { code, stderr } = await tubelet("bench", "data", clips, "--recipe", "k400")
  expect(code).toBe(2)
  expect(stderr).toMatch(/unknown recipe "k400"\n.*ssv2-pretrain, .*k400-b-finetune, .*linprobe/)
})

test("a demand is compared with the rate, and a consumer takes no more than it", async () => {
  const flags = [...sizes, "--stride", "1"]
  const low = await bench(at("clips"), ...flags, "--demand", "50")
  expect(low.consumer.clipsPerSecond).toBeLessThanOrEqual(50)
  expect(low.consumer.waitShare).toBeGreaterThanOrEqual(0)
  expect(low.consumer.waitShare).toBeLessThanOrEqual(1)
  const high = await bench(at("clips"), ...flags, "--demand", "1e9")
  expect(high).toMatchObject({ met: false, demand: 1e9 })
  expect(high.consumer.clipsPerSecond).toBeCloseTo(0.9 * high.clipsPerSecond)
  expect(high.coresNeeded).toBeCloseTo(1e9 / high.clipsPerSecondPerCore)
  const spent = Object.values<number>(high.parts).reduce((sum, seconds) => sum + seconds, 0)
  expect(spent).toBeCloseTo(1 / high.clipsPerSecondPerCore)
  expect(high.text).toContain("the demand is not met")
})

test("a custom transform is timed under its file's name", async () => {
  await writeFile(
    at("same.mjs"),
    "export default () => ({ draw: () => ({ apply: (frames) => frames }) })",
  )
  const flags = [...sizes, "--stride", "1"]
  const { parts } = await bench(at("clips"), ...flags, "--transform", at("same.mjs"))
  expect(parts).toHaveProperty([at("same.mjs")])
})

const measured: Measured = {
  ...{ path: "my clips", kind: "original", workers: 1, cores: 4 },
  ...{ clipsPerSecond: 10, clipsPerSecondPerCore: 10 },
  parts: { open: 0.01, decode: 0.05, crop: 0.02, "rand-augment": 0.01, copy: 9 },
}

test("what limits is named, with what to do", () => {
  expect(limitOf(measured, 9).limit).toBe("nothing")
  const fewWorkers = limitOf(measured, 35)
  expect(fewWorkers).toMatchObject({ limit: "workers" })
  expect(fewWorkers.advice).toContain("--workers 4")
  for (const demand of [41, undefined]) {
    const decoding = limitOf(measured, demand)
    expect(decoding.limit).toBe("decoding")
    expect(decoding.advice).toContain("tubelet prepare 'my clips' --out")
  }
  expect(limitOf({ ...measured, kind: "prepared" }, 41).advice).not.toContain("tubelet prepare")
  const parts = { ...measured.parts, "rand-augment": 0.1 }
  const slow = limitOf({ ...measured, parts }, 41)
  expect(slow.limit).toBe("transforms")
  expect(slow.advice).toContain("rand-augment")
})

test("the advice for a prepared data set is not to prepare it", async () => {
  await tubelet("prepare", at("clips"), "--out", at("small"), "--workers", "0")
  expect(await readFile(at("small/prepare.json"), "utf8")).toContain("320")
  const { advice } = await bench(at("small"), ...sizes)
  expect(advice).not.toContain("tubelet prepare")
})
