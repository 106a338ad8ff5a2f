import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import type { StepResult } from "../src/index.js"
import { ended, options, task } from "./brightness.js"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "epochs-"))
})
afterEach(() => rm(folder, { recursive: true }))
const at = (...path: string[]) => join(folder, ...path)

const scored = {
  ...task(),
  evaluate: async ({ params }: { readonly params: StepResult["weights"] }) => ({
    loss: await params.brightness.item(),
    ...{ top1: 0.5, skipped: 3 },
  }),
}
/** Two steps an epoch; a checkpoint at the first step of every other epoch. */
const given = (more: Partial<Parameters<typeof options>[0]> = {}) =>
  options({ task: scored, out: at("run"), steps: 7, saveEvery: 3, ...more })

const rowsIn = async (run: string) => {
  const lines = (await readFile(at(run, "epochs.csv"), "utf8")).trimEnd().split("\n")
  return lines.map((line) => line.split(","))
}
const withoutSeconds = (rows: readonly string[][]) => rows.map((row) => row.slice(0, -1))

test("a row has an epoch's mean loss, last scores and rate, and its seconds", async () => {
  const { results } = await ended(given())
  const [header, ...rows] = await rowsIn("run")
  expect(header).toEqual(["epoch", "train_loss", "val_loss", "top1", "lr", "seconds"])
  expect(rows).toHaveLength(4)
  for (const [epoch, row] of rows.entries()) {
    const steps = results.filter((one) => one.epoch === epoch)
    const sum = (field: "loss" | "seconds") => steps.reduce((all, one) => all + one[field], 0)
    const scores = steps.find((one) => one.scores)?.scores
    expect(row.slice(0, 5)).toEqual([
      ...[String(epoch), String(sum("loss") / steps.length)],
      ...[String(scores?.loss ?? ""), scores ? "0.5" : "", "0.1"],
    ])
    expect(Number(row[5])).toBeCloseTo(sum("seconds"), 3)
  }
})

test("a run without scores has no columns for them", async () => {
  await ended(given({ task: task(), steps: 2 }))
  expect((await rowsIn("run"))[0]).toEqual(["epoch", "train_loss", "lr", "seconds"])
})

test("a run that resumes within an epoch writes the rows of one that did not stop", async () => {
  await ended(given({ out: at("whole") }))
  await ended(given())
  // As if it had been killed after step 6, with a checkpoint of step 3.
  for (const step of [6, 7]) await rm(at("run", `checkpoint-00000${step}`), { recursive: true })
  await ended(given({ resume: true }))
  expect(withoutSeconds(await rowsIn("run"))).toEqual(withoutSeconds(await rowsIn("whole")))
})

test("a table that no run wrote is not overwritten", async () => {
  await writeFile(at("epochs.csv"), "mine")
  const run = ended(given({ out: folder }))
  await expect(run).rejects.toThrow(/epochs.csv already exists and was not written by a run/)
  expect(await readFile(at("epochs.csv"), "utf8")).toBe("mine")
})
