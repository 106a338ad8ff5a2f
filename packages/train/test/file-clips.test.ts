import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { publishedTransforms } from "@tubelet/video"
import { expect, it } from "vitest"
import { fileClips } from "../src/index.js"

const path = fileURLToPath(new URL("../../../examples/clips", import.meta.url))
const config = { frames: 4, imageSize: 32, system: "videomae" } as const

it("reads clips for pre-training by default, and as another recipe says", async () => {
  const plain = await fileClips({ path, config, workers: 0 })
  expect(plain.sampling).toEqual({ stride: 4 })
  const first = await plain.batches({ batch: 1, start: 0 }).next()
  expect(first.value.clips).toBeInstanceOf(Uint8Array)
  expect(first.value.clips.length).toBe(4 * 32 * 32 * 3)

  const transforms = publishedTransforms["video-finetune"]
  const recipe = { sampling: "dense", transforms, pixels: "f32", stride: 2, repeats: 2 } as const
  const tuning = await fileClips({ path, config, workers: 0, ...recipe })
  expect(tuning.sampling).toEqual({ stride: 2, sampling: "dense", transforms })
  const floats = await tuning.batches({ batch: 1, start: 0 }).next()
  expect(floats.value.clips).toBeInstanceOf(Float32Array)
  expect(floats.value.clips.length).toBe(2 * 4 * 32 * 32 * 3)
})

it("takes an empty split", async () => {
  expect((await fileClips({ path, config, items: [] })).length).toBe(0)
})

it("names a custom transform by its file's content, not by where it is", async () => {
  const code = "export default () => ({ draw: () => ({ apply: (frames) => frames }) })"
  const settings = async (code: string, strength = 1) => {
    const module = join(mkdtempSync(join(tmpdir(), "tubelet-transform-")), "same.mjs")
    writeFileSync(module, code)
    const transforms = ["centre-crop", { module, strength }] as const
    return (await fileClips({ path, config, workers: 0, transforms })).sampling
  }
  const first = await settings(code)
  expect(await settings(code)).toEqual(first)
  expect(await settings(`${code} // changed`)).not.toEqual(first)
  expect(await settings(code, 2)).not.toEqual(first)
})
