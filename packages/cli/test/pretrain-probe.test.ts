import { cp, mkdir, readFile, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { makeBadClip, makeProject, tubelet } from "./project.js"

let folder: string
const at = (...path: string[]) => join(folder, ...path)
beforeAll(async () => {
  folder = await makeProject()
  const places = ["train/walk/a", "train/run/a", "train/run/b", "val/walk/c", "val/run/d"]
  for (const [i, place] of places.entries()) {
    await mkdir(dirname(at("actions", place)), { recursive: true })
    await cp(at("clips", `clip-${i % 3}`), at("actions", place), { recursive: true })
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const pretrain = (out: string, ...argv: string[]) =>
  tubelet(
    ...["pretrain", "--config", at("tiny.json"), "--data", at("clips"), "--out", at(out)],
    ...["--steps", "4", "--save-every", "4", ...argv],
  )

const metricsOf = async (out: string) =>
  (await readFile(at(out, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))

test("a probe is told, logged and resumed, and changes no weight", async () => {
  const probed = ["--probe", at("actions"), "--probe-every", "3"]
  const { code, stderr } = await pretrain("probed", ...probed)
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/^step 3: kNN top-1 [\d.]+%, effective rank of the features \d\.\d$/m)
  const scores = (await metricsOf("probed")).map((metrics) => metrics.scores)
  expect(scores.map((one) => one !== undefined)).toEqual([false, false, true, true])
  expect(scores[3].effectiveRank).toBeGreaterThan(1)
  expect((await pretrain("bare")).code).toBe(0)
  const weights = (run: string) => readFile(at(run, "checkpoint-000004/model.safetensors"))
  expect(await weights("probed")).toEqual(await weights("bare"))
  const resumed = await tubelet("pretrain", "--out", at("probed"), "--resume", "--steps", "6")
  expect(resumed.stderr).toMatch(/^step 6: kNN top-1/m)
})

test("its accuracy is that of tubelet probe --head knn on the same checkpoint", async () => {
  const { stdout } = await tubelet(
    ...["probe", "--head", "knn", "--init", at("bare"), "--data", at("actions"), "--stride", "1"],
    ...["--workers", "0", "--backend", "cpu", "--json", "--allow-duplicates"],
  )
  const probe = ["--probe", at("actions")]
  expect((await pretrain("again", ...probe)).code).toBe(0)
  expect((await metricsOf("again")).at(-1).scores.knn).toBe(JSON.parse(stdout).top1)
})

test("clips without labels give a rank; those that cannot be read are counted", async () => {
  await cp(at("clips"), at("some"), { recursive: true })
  await makeBadClip(at("some"))
  const { code, stderr } = await pretrain("unlabelled", "--probe", at("some"))
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/^step 4: effective rank of the features [12]\.\d \(1 not readable\)$/m)
})

test("a pace without clips is refused; --dry-run says what is scored", async () => {
  expect(await pretrain("none", "--probe-every", "2")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--probe is missing"),
  })
  const dry = await pretrain("none", "--probe", at("actions"), "--dry-run")
  expect(dry.stdout).toMatch(/^probe +features of .*actions every 4 steps$/m)
})

test("a run says and keeps what models that learn nothing would score, once", async () => {
  const { code, stderr } = await pretrain("compared")
  expect(code, stderr).toBe(0)
  const line = /^baseline losses: (0\.\d+) for the mean colour of each clip, (0\.\d+) for/gm
  const [[, meanColour, staticCopy], ...others] = [...stderr.matchAll(line)]
  expect(others).toEqual([])
  const text = await readFile(at("compared/baselines.json"), "utf8")
  const stored = JSON.parse(text)
  expect(stored.samples).toBe(3)
  expect(stored.meanColour.toFixed(4)).toBe(meanColour)
  expect(stored.staticCopy.toFixed(4)).toBe(staticCopy)
  const resumed = await tubelet("pretrain", "--out", at("compared"), "--resume", "--steps", "6")
  expect(resumed.code, resumed.stderr).toBe(0)
  expect(resumed.stderr).not.toContain("baseline losses")
  expect(await readFile(at("compared/baselines.json"), "utf8")).toBe(text)
})
