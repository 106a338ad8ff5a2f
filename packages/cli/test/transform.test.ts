import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { readPicture } from "@tubelet/video"
import { afterAll, beforeAll, expect, test } from "vitest"
import { makeProject, tubelet } from "./project.js"

let folder: string
const at = (...path: string[]) => join(folder, ...path)

beforeAll(async () => {
  folder = await makeProject()
  const apply = "({ data, ...size }) => ({ ...size, data: data.fill(0) })"
  await writeFile(at("black.mjs"), `export default () => ({ draw: () => ({ apply: ${apply} }) })`)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const black = () => ["--transform", at("black.mjs")]

test("a custom transform changes the clips that preview shows", async () => {
  const sizes = ["--frames", "2", "--stride", "1", "--size", "32"]
  const given = ["preview", at("clips/clip-1"), ...sizes, "--out", at("preview")]
  const { code, stderr } = await tubelet(...given, ...black())
  expect(code, stderr).toBe(0)
  const { data } = await readPicture(at("preview/frame-001.png"))
  expect(new Set(data)).toEqual(new Set([0]))
  const missing = await tubelet(...given, "--transform", at("none.mjs"))
  expect(missing.code).toBe(1)
  expect(missing.stderr).toMatch(/none\.mjs: the transform's module could not be loaded/)
})

test("a custom transform changes the clips of pretrain, resumed too, and finetune", async () => {
  const run = ["--workers", "0", "--threads", "1", "--backend", "cpu", "--batch", "2", "--json"]
  const pretrain = async (out: string, ...more: string[]) => {
    const given = ["--config", at("tiny.json"), "--data", at("clips"), "--out", at(out)]
    const { code, stdout, stderr } = await tubelet("pretrain", ...given, ...run, ...more)
    expect(code, stderr).toBe(0)
    return JSON.parse(stdout)
  }
  const plain = await pretrain("plain", "--steps", "2")
  const changed = await pretrain("changed", "--steps", "2", ...black())
  expect(changed.loss).not.toBe(plain.loss)
  const config = JSON.parse(await readFile(at("changed/config.json"), "utf8"))
  expect(config.transform).toBe(at("black.mjs"))
  const resumed = await tubelet(
    ...["pretrain", "--out", at("changed"), "--resume", "--steps", "4", "--json"],
  )
  expect(resumed.code, resumed.stderr).toBe(0)

  for (const [i, place] of ["walk/a", "run/a"].entries()) {
    await mkdir(at("actions", place), { recursive: true })
    await cp(at("clips", `clip-${i}`), at("actions", place), { recursive: true })
  }
  const finetune = async (out: string, ...more: string[]) => {
    const given = ["--init", at("plain"), "--data", at("actions"), "--out", at(out)]
    const length = ["--steps", "2", "--lr", "1e-3", "--stride", "1", "--sampling", "hybrid"]
    const found = await tubelet("finetune", ...given, ...length, ...run, ...more)
    expect(found.code, found.stderr).toBe(0)
    return JSON.parse(await readFile(at(out, "config.json"), "utf8"))
  }
  expect(await finetune("seen")).toMatchObject({ sampling: "hybrid" })
  expect(await finetune("unseen", ...black())).toMatchObject({ transform: at("black.mjs") })
  const losses = await Promise.all(
    ["seen", "unseen"].map((run) => readFile(at(run, "metrics.jsonl"), "utf8")),
  )
  const lossOf = (lines: string) => JSON.parse(lines.split("\n")[1]).loss
  expect(lossOf(losses[0])).not.toBe(lossOf(losses[1]))
})
