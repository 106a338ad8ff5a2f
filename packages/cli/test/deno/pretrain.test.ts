import { cpuBackend } from "@tubelet/backend-cpu"
import { webgpuBackend } from "@tubelet/backend-webgpu"
import type { Backend } from "@tubelet/core"
import { pretrainModel } from "@tubelet/models"
import { memoryClips, pretrain } from "@tubelet/train"
import { expect, test } from "vitest"
import { noiseClips, tinyConfig, tinyMasks } from "../../../train/test/tiny.js"

/** The loss of each of 50 steps. */
async function losses(backend: Backend): Promise<number[]> {
  const run = pretrain({
    ...{ backend, steps: 50, batch: 2, warmup: 0, seed: 3, learningRate: 2e-3 },
    model: pretrainModel(tinyConfig()),
    masks: tinyMasks(),
    data: memoryClips(noiseClips(5, tinyConfig())),
  })
  const found: number[] = []
  for await (const { loss } of run) found.push(loss)
  await backend.dispose()
  return found
}

test("50 steps in Deno follow the CPU backend's loss", async () => {
  expect(navigator.userAgent).toMatch(/^Deno/)
  const [ours, theirs] = [await losses(await webgpuBackend()), await losses(await cpuBackend())]
  expect(ours.length).toBe(50)
  expect(ours.at(-1)).toBeLessThan(0.95 * ours[0])
  for (const [i, loss] of ours.entries()) expect(Math.abs(loss / theirs[i] - 1)).toBeLessThan(1e-3)
})
