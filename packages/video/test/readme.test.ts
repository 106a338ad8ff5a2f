import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { random } from "@tubelet/core/random"
import ts from "typescript"
import { expect, it, vi } from "vitest"
import * as video from "../src/index.js"
import { put } from "./layouts.js"
import { clip, clips } from "./media.js"

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
const examples = [...readme.matchAll(/```js\n([\s\S]+?)```/g)].map(([, code]) => code)

const withoutTypes = (code: string) =>
  ts.transpile(code, { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext })

/** Runs a README example with the package's sources. */
async function run(code: string, folder: string): Promise<unknown[][]> {
  const body = withoutTypes(code)
    .replace(/^import (\{.+\}) from "@tubelet\/video";$/m, "const $1 = video")
    .replaceAll('"ucf101"', `"${folder}/ucf101"`)
    .replaceAll('"cached"', `"${folder}/cached"`)
    .replaceAll('"examples/clips', `"${clips}`)
    .replaceAll('"frame.png"', `"${folder}/frame.png"`)
  const log = vi.spyOn(console, "log").mockImplementation(() => {})
  const example = new Function("video", `return (async () => {${body}})()`)
  await example(video)
  const lines = log.mock.calls
  log.mockRestore()
  return lines
}

/** Runs the custom transform on a grey clip. */
async function showsGrain(code: string, folder: string): Promise<void> {
  const module = join(folder, "film-grain.mjs")
  writeFileSync(module, code)
  const path = join(folder, "grey.png")
  await video.writePng(path, { width: 8, height: 8, data: new Uint8Array(8 * 8 * 3).fill(100) })
  const recipe = { frames: 2, stride: 1, size: 8, transforms: ["centre-crop", { module }] } as const
  const { data } = await video.readTrainingClip({ path }, recipe, random("grain"))
  expect(data.subarray(0, 192)).toEqual(data.subarray(192))
  expect(new Set(data).size).toBeGreaterThan(8)
}

it("shows examples that run", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tubelet-readme-"))
  const [batches, finetuning, tested, grain, labelled, cache, file] = examples
  const printed = await run(batches, folder)
  expect(printed.map(([, , , next]) => next)).toEqual([2, 4, 6, 8])
  expect(printed[0].slice(0, 2)).toEqual([[2, 16, 224, 224, 3], 2 * 16 * 224 * 224 * 3])
  for (const [name, text] of Object.entries({
    "classInd.txt": "1 Archery\n2 Basketball\n",
    "trainlist01.txt": "Archery/v_Archery_g08_c01.avi 1\nBasketball/v_Basketball_g08_c01.avi 2\n",
    "testlist01.txt": "Archery/v_Archery_g01_c01.avi\n",
  })) {
    put(`${folder}/ucf101`, name, text)
  }
  for (const name of ["Archery/v_Archery_g08_c01.avi", "Basketball/v_Basketball_g08_c01.avi"])
    put(`${folder}/ucf101`, `UCF-101/${name}`, readFileSync(clip("cup-01")))
  const [found, [, labels]] = await run(labelled, folder)
  expect(found).toEqual(["ucf101", 2, ["train", "test"]])
  expect([...(labels as Int32Array)].sort()).toEqual([0, 1])
  expect(await run(finetuning, folder)).toEqual([["Float32Array", 2 * 16 * 224 * 224 * 3]])
  const [[, values]] = await run(tested, folder)
  expect(values).toBe(15 * 16 * 224 * 224 * 3)
  await showsGrain(grain, folder)
  const told = await run(cache, folder)
  expect(told[14]).toEqual(["14 of 14", ""])
  expect(told.at(-1)).toEqual([[2, 16, 112, 112, 3]])
  await run(file, folder)
  expect(existsSync(join(folder, "frame.png"))).toBe(true)
})
