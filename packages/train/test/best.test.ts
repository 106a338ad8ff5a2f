import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openSafetensors } from "@tubelet/checkpoint"
import { afterEach, beforeEach, expect, test } from "vitest"
import { memoryStore, type StepResult } from "../src/index.js"
import { ended, options, task } from "./brightness.js"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "best-"))
})
afterEach(() => rm(folder, { recursive: true }))
const at = (...path: string[]) => join(folder, ...path)

const brightness = ({ params, ema = {} }: { params: StepResult["weights"]; ema?: object }) =>
  ({ ...params, ...ema }).brightness.item()

/** Scored at each step; the brightness passes 0.2 at the second or third, then moves away. */
const scored = (step = {}) => ({
  ...task(step),
  metric: "close",
  evaluate: async (state: Parameters<typeof brightness>[0]) => ({
    close: -Math.abs((await brightness(state)) - 0.2),
  }),
})
const given = (more: Partial<Parameters<typeof options>[0]> = {}) =>
  options({ task: scored(), out: at("run"), saveEvery: 1, keep: 1, ...more })

const json = async (...path: string[]) => JSON.parse(await readFile(at(...path), "utf8"))
const bestWeights = (run: string) => readFile(at(run, "best", "model.safetensors"))
async function brightnessIn(...path: string[]) {
  const file = await openSafetensors(at(...path))
  try {
    return (await file.floats("brightness"))[0]
  } finally {
    await file.close()
  }
}
/** The first step with the highest score. */
const bestOf = (results: readonly StepResult[]) =>
  results.reduce((best, one) => (one.scores!.close > best.scores!.close ? one : best))

test("the best weights are kept beside the checkpoints, and say why", async () => {
  const { results } = await ended(given({ classes: ["dark", "bright"] }))
  const { step, epoch, scores } = bestOf(results)
  expect([2, 3]).toContain(step)
  expect(await json("run", "best", "state.json")).toEqual({
    ...{ step, epoch, metric: "close", close: scores!.close },
  })
  const kept = await brightnessIn("run", "best", "model.safetensors")
  expect(-Math.abs(kept - 0.2)).toBe(scores!.close)
  expect(await json("run", "best", "config.json")).toEqual(await json("run", "config.json"))
  const labels = { id2label: { 0: "dark", 1: "bright" } }
  expect(await json("run", "best", "labels.json")).toEqual(labels)
  expect(await json("run", "labels.json")).toEqual(labels)
  const names = (await readdir(at("run"))).filter((name) => name.startsWith("checkpoint-"))
  expect(names).toEqual(["checkpoint-000006"])
})

test("an average is what is scored and kept", async () => {
  await ended(given({ task: scored({ ema: 0.5 }), steps: 1, keep: 0 }))
  const checkpoint = ["run", "checkpoint-000001"]
  const average = await brightnessIn(...checkpoint, "ema.safetensors")
  expect(await brightnessIn("run", "best", "model.safetensors")).toBe(average)
  expect(await brightnessIn(...checkpoint, "model.safetensors")).not.toBe(average)
})

test("a resumed run keeps an older best, and finds the same one", async () => {
  const whole = await ended(given({ out: at("whole") }))
  for (const steps of [1, 4]) {
    const first = await ended(given({ out: at(`run-${steps}`), steps }))
    const rest = await ended(given({ out: at(`run-${steps}`), resume: true }))
    expect(bestOf([...first.results, ...rest.results]).step).toBe(bestOf(whole.results).step)
    expect(await bestWeights(`run-${steps}`)).toEqual(await bestWeights("whole"))
  }
})

test("a run killed while it replaces the best, or before it logs scores, resumes", async () => {
  const first = await ended(given({ steps: 3 }))
  const best = bestOf(first.results).step
  const weights = await bestWeights("run")
  const lines = (await readFile(at("run", "metrics.jsonl"), "utf8")).split("\n")
  const { scores: _, ...unscored } = JSON.parse(lines[2])
  const killed = [...lines.slice(0, 2), JSON.stringify(unscored), ""]
  await writeFile(at("run", "metrics.jsonl"), killed.join("\n"))
  await rename(at("run", "best"), at("run", ".tubelet-removing-best"))
  const { results } = await ended(given({ resume: true, steps: 3 }))
  expect(results.map(({ step, finished }) => [step, finished])).toEqual([[3, true]])
  expect((await json("run", "best", "state.json")).step).toBe(best)
  expect(await bestWeights("run")).toEqual(weights)
})

test("a new run does not begin where a best one is left", async () => {
  await ended(given({ steps: 1 }))
  await rm(at("run", "checkpoint-000001"), { recursive: true })
  await expect(ended(given())).rejects.toThrow("already contains a run (best)")
})

test("a run out of patience is finished, and continues with more of it", async () => {
  const notices: string[] = []
  const onNotice = (line: string) => notices.push(line)
  for (const out of [at("run"), memoryStore()]) {
    const patient = given({ out, patience: 2, steps: 20, onNotice })
    const { results } = await ended(patient)
    const best = bestOf(results).step
    const last = results.at(-1)!
    expect([last.step, last.finished, results.at(-2)!.finished]).toEqual([best + 2, true, false])
    expect(notices.at(-1)).toBe(
      `no better close in 2 evaluations after step ${best}: stopping at step ${best + 2}`,
    )
    expect((await ended({ ...patient, resume: true })).results).toEqual([])
    const more = await ended({ ...patient, patience: 3, resume: true })
    expect(more.results.map(({ step, finished }) => [step, finished])).toEqual([[best + 3, true]])
  }
})

test("patience counts across an interruption", async () => {
  const best = bestOf((await ended(given({ out: at("whole") }))).results).step
  await ended(given({ patience: 2, steps: best + 1 }))
  const { results } = await ended(given({ patience: 2, steps: 20, resume: true }))
  expect(results.map(({ step }) => step)).toEqual([best + 2])
})

test("scores that are not numbers are never the best", async () => {
  const task = { ...scored(), evaluate: async () => ({ close: Number.NaN }) }
  const { results } = await ended(given({ task, patience: 2 }))
  expect(results.map(({ finished }) => finished)).toEqual([false, true])
  expect(await readdir(at("run"))).not.toContain("best")
})

test("patience without scores is refused", async () => {
  await expect(ended(given({ task: task(), patience: 2 }))).rejects.toThrow("no clips are scored")
  await expect(ended(given({ patience: 0 }))).rejects.toThrow("patience 0 is below 1")
})
