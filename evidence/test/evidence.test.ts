import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { random } from "@tubelet/core/random"
import { afterAll, beforeAll, expect, test } from "vitest"
import { nearestNeighbours } from "../../packages/train/src/evaluate/knn.js"
import { bestProbe } from "../probe.mjs"
import { digits } from "../sets/digits.mjs"
import { readIdx } from "../sets/idx.mjs"
import { labelledClips, shiftedClips } from "../sets/labelled.mjs"
import { binomialInterval, tInterval } from "../statistics.mjs"

const folder = mkdtempSync(join(tmpdir(), "evidence-"))
afterAll(() => rmSync(folder, { recursive: true }))

const root = join(import.meta.dirname, "..", "..")
const set = digits({ unlabelled: 900, validation: 24, test: 180 })

test("intervals equal the tables'", () => {
  const { mean, half } = tInterval([1, 2, 3])
  expect(mean).toBe(2)
  expect(half).toBeCloseTo(4.303 / Math.sqrt(3), 6)
  // scipy.stats.binomtest(8, 10).proportion_ci(0.95, "exact")
  const [low, high] = binomialInterval(80, 10)
  expect([low, high]).toEqual([expect.closeTo(44.39045, 4), expect.closeTo(97.47893, 4)])
  expect(binomialInterval(0, 20)[0]).toBe(0)
})

test("every motion is a class of its own clips", () => {
  expect(set.classes).toHaveLength(12)
  const counts = set.classes.map((_, c) => set.test.filter(({ label }) => label === c).length)
  expect(counts).toEqual(Array(12).fill(15))
})

test("a single frame says little about the motion", () => {
  const frame = ({ clip, label }: { clip: Uint8Array; label: number }) => ({
    features: Float32Array.from(clip.subarray(4 * 32 * 32, 5 * 32 * 32)),
    label,
  })
  const classify = nearestNeighbours(set.train.map(frame), 12)
  const right = set.test.map(frame).filter(({ features, label }) => {
    const votes = classify(features)
    return votes.every((vote: number) => vote <= votes[label])
  })
  expect(right.length / set.test.length).toBeLessThan(0.3)
})

test("the draw of ten labels contains the draw of three", () => {
  const [few, many] = [3, 10].map((each) => labelledClips(set, each, 1))
  expect(few).toHaveLength(36)
  expect(many).toEqual(expect.arrayContaining(few))
  expect(labelledClips(set, 3, 2)).not.toEqual(few)
})

test("the stream of labelled clips is shifted, and has no padding", async () => {
  const clips = labelledClips(set, 3, 0)
  const data = shiftedClips(clips, { side: 32, reach: 3, seed: 0, batch: 32 })
  expect(data.length % 32).toBe(0)
  const stream = data.batches({ batch: 32, start: 0 })
  const { value } = await stream.next()
  expect(value.clips).toHaveLength(32 * 8 * 32 * 32 * 3)
  const shifts = data.places(320).map(data.drawOf)
  expect(new Set(shifts.map(({ dx }) => dx)).size).toBe(7)
  expect(value.labels[0]).toBe(clips[shifts[0].clip].label)
})

test("the linear probe separates what is linear", () => {
  const source = random("probe")
  const rows = Array.from({ length: 90 }, (_, i) => {
    const features = Float64Array.from({ length: 5 }, () => source.normal())
    features[i % 3] += 6
    return { features, label: i % 3 }
  })
  const [labelled, validation, test] = [0, 30, 60].map((at) => rows.slice(at, at + 30))
  expect(bestProbe({ labelled, validation, test, classes: 3 }).test).toBeGreaterThan(95)
})

test("an idx file that is cut short is refused", () => {
  const path = join(folder, "cut-idx1-ubyte")
  writeFileSync(path, Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 5, 1, 2))
  expect(() => readIdx(path)).toThrow("2 elements, its header says 5")
})

// The whole way, in a few steps, from the built packages.
const run = promisify(execFile)
const cache = join(root, ".cache", "evidence", "quick")
const evidence = (...flags: string[]) =>
  run(process.execPath, [join(root, "evidence", "main.mjs"), "--quick", ...flags])

beforeAll(() => rmSync(cache, { recursive: true, force: true }))

test("a quick study runs, resumes arm by arm, and writes its page", async () => {
  const first = await evidence("--arms", "random-75,scratch")
  expect(first.stderr).toContain("random-75-0: done")
  expect(first.stdout).toContain("1. Pre-training minus the better scratch")
  const page = readFileSync(join(cache, "evidence.md"), "utf8")
  expect(page).toMatch(/\| random-75 +\| \d/)
  expect(existsSync(join(cache, "finetuning.png"))).toBe(true)
  const again = await evidence("--arms", "random-75,scratch")
  expect(again.stderr).toBe("")
})

test("an unknown arm is refused with the known ones", async () => {
  await expect(evidence("--arms", "tubes")).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("random-75"),
  })
})
