import { referenceBackend } from "@tubelet/core/testing"
import { expect, test } from "vitest"
import { reconstruct } from "../src/index.js"
import { noiseClips, tinyConfig, tinyModel } from "./tiny.js"

const [clip] = noiseClips(1, tinyConfig())

test("what is seen stays, what is hidden is painted, and no handle is left", async () => {
  const backend = referenceBackend()
  const model = tinyModel()
  const visible = Int32Array.from({ length: 16 }, (_, i) => i) // The first of two token frames.
  const given = { backend, model, weights: model.initialise(0), clip: clip!, visible }
  const painted = await reconstruct(given)
  const half = clip!.length / 2
  expect(painted.clip.slice(0, half)).toEqual(clip!.slice(0, half))
  expect(painted.clip.slice(half)).not.toEqual(clip!.slice(half))
  expect(painted.statistics).toBe("none")
  expect(backend.memory().bytesInUse).toBe(0)
})
