import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { makeProject, tubelet } from "./project.js"

let folder: string
const at = (...path: string[]) => join(folder, ...path)

beforeAll(async () => {
  folder = await makeProject()
  const flags = ["--config", at("tiny.json"), "--data", at("clips"), "--out", at("run")]
  expect((await tubelet("pretrain", ...flags)).code).toBe(0)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A folder with one file of the user's. */
async function holding(name: string): Promise<string> {
  const path = at(`with-${name}`)
  await mkdir(path)
  await writeFile(join(path, name), "the user's")
  return path
}

const reconstruct = (out: string) =>
  tubelet("reconstruct", at("clips", "clip-0"), "--checkpoint", at("run"), "--out", out)
const preview = (out: string) =>
  tubelet(
    ...["preview", at("clips", "clip-0"), "--frames", "2", "--stride", "1", "--size", "32"],
    ...["--out", out],
  )

const cache = (out: string) => tubelet("cache", at("clips"), "--frames", "2", "--out", out)
const pretrain = (out: string) =>
  tubelet("pretrain", "--config", at("tiny.json"), "--data", at("clips"), "--out", out)

test.each([
  ["clip-0.mp4", reconstruct],
  ["clip-0.json", reconstruct],
  ["frame-001.png", preview],
  ["notes.txt", cache],
  ["config.json", pretrain],
  ["metrics.jsonl", pretrain],
])("a file of the user's named %s is not written over", async (name, command) => {
  const out = await holding(name)
  const { code, stderr } = await command(out)
  expect(code).toBe(1)
  expect(stderr).toContain(name)
  expect(await readFile(join(out, name), "utf8")).toBe("the user's")
  expect(await readdir(out)).toEqual([name])
})

test.each([[reconstruct], [preview]])("the same command writes there again", async (command) => {
  const out = at(`again-${command.name}`)
  expect((await command(out)).code).toBe(0)
  expect((await command(out)).code).toBe(0)
})

test.each(["run", "run/checkpoint-000008"])("convert into %s is refused", async (out) => {
  const config = await readFile(at(out, "config.json"), "utf8")
  const { code, stderr } = await tubelet("convert", at("run"), "--to", "hf", "--out", at(out))
  expect([code, stderr]).toEqual([1, expect.stringMatching(/belongs to a run: .*\nchoose another/)])
  expect(await readFile(at(out, "config.json"), "utf8")).toBe(config)
})

test("convert onto the file that it reads is refused", async () => {
  const file = at("alone.safetensors")
  await tubelet("convert", at("run"), "--to", "official", "--out", file)
  const before = await readFile(file)
  const half = ["--to", "official", "--dtype", "f16", "--out", file]
  const { code, stderr } = await tubelet("convert", file, ...half)
  expect([code, stderr]).toEqual([1, expect.stringContaining("is the input")])
  expect((await readFile(file)).equals(before)).toBe(true)
})
