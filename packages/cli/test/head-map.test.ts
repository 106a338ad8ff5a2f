import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fromFloats, openCheckpoint, writeSafetensors } from "@tubelet/checkpoint"
import { random } from "@tubelet/core/random"
import { classifierConfig, classifierModel, type PretrainConfig } from "@tubelet/models"
import { afterAll, beforeAll, expect, test } from "vitest"
import { makeProject, tinyModel, tubelet } from "./project.js"

let folder: string
const at = (...path: string[]) => join(folder, ...path)

const names = ["jump", "run", "sit", "walk"]
const model = classifierModel(classifierConfig(tinyModel as PretrainConfig, { classes: 4 }))

/** A classifier of four classes, and a data set of two of them. */
beforeAll(async () => {
  folder = await makeProject()
  await mkdir(at("broad"))
  const weights: Record<string, Float32Array> = { ...model.initialise(1), ...drawnHead() }
  const tensors = Object.entries(model.specs).map(
    ([name, { shape }]) => [name, fromFloats(shape, weights[name])] as const,
  )
  await writeSafetensors(at("broad/model.safetensors"), Object.fromEntries(tensors))
  await writeFile(at("broad/config.json"), JSON.stringify({ model: model.config, stride: 1 }))
  await writeFile(at("broad/labels.json"), JSON.stringify({ id2label: { ...names } }))
  await writeFile(at("map.json"), "[1, 3]")
  for (const [i, place] of ["train/walk/a", "train/run/a", "val/walk/b"].entries()) {
    await mkdir(dirname(at("actions", place)), { recursive: true })
    await cp(at("clips", `clip-${i}`), at("actions", place), { recursive: true })
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A head whose classes differ visibly. */
function drawnHead() {
  const noise = random("head")
  const drawn = (length: number) => Float32Array.from({ length }, () => noise.normal())
  return { "head.weight": drawn(4 * model.config.encoder.dim), "head.bias": drawn(4) }
}

async function biasOf(name: string): Promise<number[]> {
  const file = await openCheckpoint(at(name))
  try {
    return Array.from(await file.floats("head.bias"))
  } finally {
    await file.close()
  }
}

const onCpu = ["--backend", "cpu", "--workers", "0", "--json"]

async function predicted(...argv: string[]): Promise<Record<string, number>> {
  const { code, stdout, stderr } = await tubelet("predict", at("clips/clip-0"), ...argv, ...onCpu)
  expect(code, stderr).toBe(0)
  const [{ predictions }] = JSON.parse(stdout).results
  return Object.fromEntries(
    predictions.map(({ name, probability }: { name: string; probability: number }) => [
      name,
      probability,
    ]),
  )
}

const mapped = () => ["--checkpoint", at("broad"), "--head-map", at("map.json")]

test("predict knows the classes of the map alone", async () => {
  const all = await predicted("--checkpoint", at("broad"))
  const two = await predicted(...mapped())
  expect(Object.keys(two).sort()).toEqual(["run", "walk"])
  const sum = all.run + all.walk
  expect(two.run).toBeCloseTo(all.run / sum, 6)
  expect(two.walk).toBeCloseTo(all.walk / sum, 6)
})

test("evaluate scores a data set of the classes of the map", async () => {
  const data = ["--data", at("actions"), "--out", at("scores")]
  expect((await tubelet("evaluate", "--checkpoint", at("broad"), ...data, ...onCpu)).code).toBe(0)
  const { code, stdout, stderr } = await tubelet("evaluate", ...mapped(), ...data, ...onCpu)
  expect(code, stderr).toBe(0)
  expect(JSON.parse(stdout).perClass).toMatchObject([{ name: "run" }, { name: "walk" }])
})

test("convert writes a classifier with the classes of the map", async () => {
  const map = ["--head-map", at("map.json")]
  for (const to of ["hf", "official"]) {
    const { code, stderr } = await tubelet(
      ...["convert", at("broad"), "--to", to, "--out", at(to), ...map],
    )
    expect(code, stderr).toBe(0)
  }
  const config = JSON.parse(await readFile(at("hf/config.json"), "utf8"))
  expect(config.id2label).toEqual({ 0: "run", 1: "walk" })
  const two = await predicted(...mapped())
  expect(await predicted("--checkpoint", at("hf"), "--stride", "1")).toMatchObject({
    run: expect.closeTo(two.run, 4),
    walk: expect.closeTo(two.walk, 4),
  })
  expect(await biasOf("official")).toHaveLength(2)
})

const onActions = (command: string, ...argv: string[]) =>
  tubelet(command, "--init", at("broad"), "--data", at("actions"), "--out", at("tuned"), ...argv)

test.each([
  ["[1, 4]", 1, "the head map has the entry 4, but head.weight has 4 rows"],
  [
    "[1, 2, 3]",
    1,
    /the head map has 3 entries, but .*actions has 2 classes\npass the map for this data/,
  ],
  ['{ "run": 1 }', 2, /other.json is not a head map\nit must be a JSON list/],
  ["[1.5, 2]", 2, "is not a head map"],
])("a map %s is refused", async (text, code, words) => {
  await writeFile(at("other.json"), text)
  const refused = await onActions("finetune", "--dry-run", "--head-map", at("other.json"))
  expect(refused).toMatchObject({ code, stderr: expect.stringMatching(words) })
})

test("refuses a head map if the checkpoint has no head, or one of another kind", async () => {
  const pre = ["--config", at("tiny.json"), "--data", at("clips"), "--out", at("pre")]
  expect((await tubelet("pretrain", ...pre, "--steps", "1")).code).toBe(0)
  const map = ["--head-map", at("map.json")]
  const none = await onActions("finetune", "--init", at("pre"), ...map)
  expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/has no head to map\n/) })
  const other = await onActions("probe", "--steps", "1", ...map)
  expect(other).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("a different kind of head"),
  })
})
