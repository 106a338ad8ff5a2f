import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it, vi } from "vitest"
import * as library from "../src/index.js"

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
const examples = [...readme.matchAll(/```js\n([\s\S]+?)```/g)].map(([, code]) => code)
const folder = mkdtempSync(join(tmpdir(), "tubelet-readme-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs an example of the README in an empty folder; gives what it prints. */
async function run(code: string): Promise<unknown[][]> {
  const body = code
    .replace(/^import (\{[^}]+\}) from "@tubelet\/checkpoint"$/m, "const $1 = library")
    .replaceAll(/"([\w-]+(\.pth|\.safetensors)|for-transformers)"/g, `"${folder}/$1"`)
  const log = vi.spyOn(console, "log").mockImplementation(() => {})
  await new Function("library", `return (async () => {${body}})()`)(library)
  const lines = log.mock.calls
  log.mockRestore()
  return lines
}

it("opens any checkpoint", async () => {
  const printed = await run(examples[0])
  expect(printed[0]).toEqual(["pth", ["model"], "official", "encoder"])
  expect(printed.at(-2)).toEqual(["blocks.0.norm1.bias", "BF16", [3]])
  expect(printed.at(-1)).toEqual([Float32Array.of(0.5, 0, -0.5)])
})

it("fits one to a model", async () => {
  const [refusal, loaded] = await run(examples[1])
  expect(refusal[0]).toMatch("does not fit the model: 1 missing (head.weight)")
  expect(loaded).toEqual([["head.bias"], ["head.weight"]])
})

it("writes one for other frameworks", async () => {
  const [[name]] = (await run(examples[2])) as [[string]]
  expect(name).toBe("videomae.encoder.layer.0.attention.attention.query.weight")
})
