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
