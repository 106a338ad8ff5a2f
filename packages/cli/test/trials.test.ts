import { existsSync } from "node:fs"
import { cp, mkdir, readdir, readFile, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { drawCurve } from "../src/drawing/curve.js"
import { growingRates, suggestedRate } from "../src/run/find-lr.js"
import { makeProject, tubelet } from "./project.js"

let folder: string
const at = (...path: string[]) => join(folder, ...path)

beforeAll(async () => {
  folder = await makeProject()
  for (const [place, clip] of Object.entries({ "walk/a": 0, "run/b": 1 })) {
    for (const set of ["actions", "shuffled"]) {
      await mkdir(dirname(at(set, place)), { recursive: true })
      await cp(at("clips", `clip-${clip}`), at(set, place), { recursive: true })
    }
  }
  // The same clip with both labels: nothing can learn it.
  await rm(at("shuffled/run/b"), { recursive: true })
  await cp(at("clips/clip-0"), at("shuffled/run/b"), { recursive: true })
  const argv = ["--config", at("tiny.json"), "--data", at("clips"), "--out", at("pre")]
  const { code, stderr } = await tubelet("pretrain", ...argv)
  expect(code, stderr).toBe(0)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const finetune = (...argv: string[]) =>
  tubelet(
    ...["finetune", "--init", at("pre"), "--out", at("run"), "--batch", "2", "--stride", "1"],
    ...["--workers", "0", "--threads", "1", "--backend", "cpu", "--json", ...argv],
  )

test("--one-batch says that the model overfits a batch, and saves nothing", async () => {
  const argv = ["--data", at("actions"), "--one-batch", "--lr", "1e-2", "--layer-decay", "1"]
  const { code, stdout, stderr } = await finetune(...argv)
  expect(code, stderr).toBe(0)
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({ overfits: true, steps: 100 })
  expect(result.firstLoss).toBeCloseTo(Math.log(2), 1)
  expect(result.loss).toBeLessThan(0.1)
  expect(existsSync(at("run"))).toBe(false)
})

test("--one-batch lets a probe learn, whose usual optimizer takes far longer", async () => {
  const { code, stdout, stderr } = await tubelet(
    ...["probe", "--init", at("pre"), "--data", at("actions"), "--out", at("run"), "--batch", "2"],
    ...["--stride", "1", "--workers", "0", "--backend", "cpu", "--one-batch", "--lr", "1e-2"],
    "--json",
  )
  expect(code, stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ overfits: true })
})

test("--one-batch fails if clips have wrong labels, and says what to check", async () => {
  const argv = ["--data", at("shuffled"), "--one-batch", "--steps", "40", "--allow-duplicates"]
  const { code, stdout, stderr } = await finetune(...argv)
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ overfits: false, steps: 40 })
  expect(stderr).toMatch(/does not overfit one batch.*40 steps.*\ncheck the labels/)
})

test("--find-lr draws a curve, suggests a rate, and leaves a run as it is", async () => {
  const bytesOf = async (run: string) => {
    const names = (await readdir(at(run), { recursive: true })).sort()
    const files = names.filter((name) => /\.\w+$/.test(name) && name !== "find-lr.png")
    return Promise.all(files.map(async (name) => [name, await readFile(at(run, name), "hex")]))
  }
  const before = await bytesOf("pre")
  const flags = ["--config", at("tiny.json"), "--data", at("clips"), "--out", at("pre")]
  const { code, stdout, stderr } = await tubelet("pretrain", ...flags, "--find-lr", "--json")
  expect(code, stderr).toBe(0)
  const { lr, file, tried, steps } = JSON.parse(stdout)
  expect(file).toBe(at("pre/find-lr.png"))
  expect((await readFile(file)).subarray(1, 4).toString()).toBe("PNG")
  expect(tried).toHaveLength(steps)
  expect(steps).toBeGreaterThan(40)
  expect(tried[0].lr).toBeCloseTo(1e-6, 12)
  expect(tried[50].lr / tried[49].lr).toBeCloseTo(tried[1].lr / tried[0].lr, 6)
  expect(lr).toBeGreaterThan(1e-5)
  expect(lr).toBeLessThan(1)
  expect(await bytesOf("pre")).toEqual(before)
  const labelled = await finetune("--data", at("actions"), "--find-lr", "--epochs", "3")
  expect(labelled.code, labelled.stderr).toBe(0)
  expect(await readdir(at("run"))).toEqual(["find-lr.png"])
})

test("the suggestion is a tenth of the rate with the lowest loss", () => {
  const tried = Array.from({ length: 100 }, (_, step) => {
    const lr = growingRates(step)
    return { lr, loss: 1 + (Math.log10(lr) + 2) ** 2 }
  })
  // Averaged losses lag behind by at most half a decade.
  const lr = suggestedRate(tried)!
  expect(lr).toBeGreaterThanOrEqual(1e-3)
  expect(lr).toBeLessThan(1e-2)
  expect(suggestedRate(tried.map(({ lr }) => ({ lr, loss: lr })))).toBeUndefined()
  const points = tried.map((one) => ({ x: one.lr, raw: one.loss, smooth: one.loss }))
  expect(drawCurve(points, 2e-3)).toMatch(/--lr (2e-3|0\.002)</)
})

test("trials refuse what cannot be meant", async () => {
  const both = await finetune("--data", at("actions"), "--one-batch", "--find-lr")
  expect([both.code, both.stderr]).toEqual([2, expect.stringMatching(/are both set/)])
  const resumed = await finetune("--data", at("actions"), "--find-lr", "--resume")
  expect([resumed.code, resumed.stderr]).toEqual([2, expect.stringMatching(/does not resume/)])
})
