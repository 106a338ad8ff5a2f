import { referenceBackend } from "@tubelet/core/testing"
import { expect, test } from "vitest"
import { compileReconstruct, memoryClips, pretrain, reconstruct } from "../src/index.js"
import { noiseClips, tinyConfig, tinyModel } from "./tiny.js"

const [clip] = noiseClips(1, tinyConfig())

test("what is seen stays, what is hidden is painted, and no handle is left", async () => {
  const backend = referenceBackend()
  const model = tinyModel()
  const visible = Int32Array.from({ length: 16 }, (_, i) => i) // The first of two token frames.
  const given = { backend, model, weights: model.initialise(0), clip: clip, visible }
  const painted = await reconstruct(given)
  const half = clip.length / 2
  expect(painted.clip.slice(0, half)).toEqual(clip.slice(0, half))
  expect(painted.clip.slice(half)).not.toEqual(clip.slice(half))
  expect(painted.statistics).toBe("none")
  expect(backend.memory().bytesInUse).toBe(0)
})

test("a run's weights are painted while it goes on", async () => {
  const backend = referenceBackend()
  const model = tinyModel()
  const visible = Int32Array.from({ length: 16 }, (_, i) => i)
  const reconstructor = await compileReconstruct(backend, model, { visible: 16 })
  const data = memoryClips([clip])
  const errors: number[] = []
  const run = pretrain({ model, data, backend, batch: 1, steps: 3, learningRate: 0.01, warmup: 0 })
  for await (const { weights } of run) {
    const { loss, clip: seen } = await reconstructor.paint({ weights, clip: clip, visible })
    const host = Object.entries(weights).map(async ([n, w]) => [n, await w.data()] as const)
    const own = Object.fromEntries(await Promise.all(host)) as Record<string, Float32Array>
    expect(await reconstruct({ backend, model, weights: own, clip: clip, visible })).toEqual({
      ...{ clip: seen, loss, statistics: "none" },
    })
    errors.push(loss)
  }
  expect(errors[2]).toBeLessThan(errors[0])
  await reconstructor.dispose()
  expect(backend.memory().bytesInUse).toBe(0)
})
