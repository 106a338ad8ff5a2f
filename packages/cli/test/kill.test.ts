import { readdir, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { commandBundle } from "../../../scripts/command-bundle.mjs"
import { makeActions, makeProject, tubelet } from "./project.js"
import { exitOf, logged, start, stepsOf } from "./support/session.js"

const steps = 40

let folder: string
let command: string
const at = (...path: string[]) => join(folder, ...path)
const flags = (run: string, workers: number) => [
  ...["pretrain", "--config", at("tiny.json"), "--data", at("clips"), "--out", at(run)],
  ...["--steps", String(steps), "--workers", String(workers), "--keep", "2"],
]
const weightsOf = (run: string) => readFile(at(run, `checkpoint-0000${steps}`, "model.safetensors"))

beforeAll(async () => {
  folder = await makeProject()
  command = await commandBundle(folder)
  const { code } = await tubelet(...flags("whole", 0))
  expect(code).toBe(0)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe("kill -9 at any moment, then --resume: the same bytes", () => {
  test.each([0, 1, 3])("with %i workers", async (workers) => {
    const run = `killed-${workers}`
    // A checkpoint is saved at every step, so most kills fall into a save.
    for (const step of [0, 12, 24]) {
      const child = start(command, [...flags(run, workers), "--resume"])
      await logged(child, at(run), step)
      await sleep(Math.random() * 30)
      child.kill("SIGKILL")
      await exitOf(child)
    }
    const { code, stderr } = await tubelet(...flags(run, workers), "--resume")
    expect(stderr).not.toMatch(/error/)
    expect(code).toBe(0)
    expect((await weightsOf(run)).equals(await weightsOf("whole"))).toBe(true)
    expect(await stepsOf(at(run))).toEqual(Array.from({ length: steps }, (_, i) => i + 1))
    const left = (await readdir(at(run))).filter((name) => !name.startsWith("checkpoint-"))
    expect(left.sort()).toEqual(["baselines.json", "config.json", "epochs.csv", "metrics.jsonl"])
  })
})

describe("kill -9 of a task on labelled clips, then --resume: equal bytes and scores", () => {
  beforeAll(() => makeActions(folder))

  test.each([
    ["finetune", []],
    ["probe", ["--head", "linear"]],
    ["probe", ["--head", "attentive", "--optimizer", "adamw", "--accumulate", "2"]],
  ])("%s %j", async (task, own) => {
    const name = [task, ...own].join("")
    const flags = (run: string) => [
      ...[task, ...own, "--init", at("whole"), "--data", at("actions"), "--out", at(run)],
      ...["--batch", "2", "--steps", "16", "--lr", "1e-2", "--stride", "1", "--save-every", "1"],
      ...["--backend", "cpu", "--threads", "1", "--workers", "0", "--json", "--resume"],
    ]
    const whole = await tubelet(...flags(`whole ${name}`))
    expect(whole.code, whole.stderr).toBe(0)
    const run = `killed ${name}`
    for (const step of [0, 5, 10]) {
      const child = start(command, flags(run))
      await logged(child, at(run), step)
      await sleep(Math.random() * 50)
      child.kill("SIGKILL")
      await exitOf(child)
    }
    const resumed = await tubelet(...flags(run))
    expect(resumed.code, resumed.stderr).toBe(0)
    const files = ["checkpoint-000016/model.safetensors", "best/model.safetensors", "labels.json"]
    for (const file of files) {
      const [ours, theirs] = [
        await readFile(at(run, file)),
        await readFile(at(`whole ${name}`, file)),
      ]
      expect(ours.equals(theirs)).toBe(true)
    }
    expect(await stepsOf(at(run))).toEqual(Array.from({ length: 16 }, (_, i) => i + 1))
    const scores = ({ stdout }: { stdout: string }) => {
      const { best, top1, top5, steps } = JSON.parse(stdout)
      return { best, top1, top5, steps }
    }
    expect(scores(resumed)).toEqual(scores(whole))
  })
})
