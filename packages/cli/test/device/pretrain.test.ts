import { cpuBackend } from "@tubelet/backend-cpu"
import { webgpuBackend } from "@tubelet/backend-webgpu"
import type { Backend } from "@tubelet/core"
import { pretrainModel } from "@tubelet/models"
import { memoryClips, pretrain } from "@tubelet/train"
import { expect, test } from "vitest"
import { effort } from "../../../../scripts/effort.mjs"
import type { WebGpuBackend } from "../../../backend-webgpu/src/backend.js"
import { noiseClips, tinyConfig, tinyMasks } from "../../../train/test/tiny.js"

const rate = 1e-3

/** A run at a fixed rate. */
const run = (backend: Backend, steps: number) =>
  pretrain({
    ...{ backend, steps, batch: 2, warmup: 0, seed: 3 },
    ...{ learningRate: rate, minLearningRate: rate },
    model: pretrainModel(tinyConfig()),
    masks: tinyMasks(),
    data: memoryClips(noiseClips(5, tinyConfig())),
  })

async function losses(backend: Backend): Promise<number[]> {
  const found: number[] = []
  for await (const { loss } of run(backend, 200)) found.push(loss)
  return found
}

// One for both: equal kernels are compiled once.
const backend = (await webgpuBackend()) as WebGpuBackend

test("200 steps follow the CPU backend's loss", async () => {
  const cpu = await cpuBackend()
  const theirs = await losses(cpu)
  await cpu.dispose()
  const ours = await losses(backend)
  expect(ours.at(-1)).toBeLessThan(0.9 * ours[0])
  const apart = ours.map((loss, i) => Math.abs(loss / theirs[i] - 1))
  expect(apart.findIndex((d) => !(d < 1e-3))).toBe(-1)
})

const many = effort(100, 1000)

test(`${many} steps hold what 3 hold, and nothing is left after them`, async () => {
  const held = () => {
    const { count, bytes } = backend.buffers
    return { count, bytes, ...backend.memory() }
  }
  const after: Record<number, ReturnType<typeof held>> = {}
  for await (const { step } of run(backend, many)) {
    if (step === 3 || step === many) after[step] = held()
  }
  expect(after[3].bytesInUse).toBeGreaterThan(0)
  expect(after[many]).toEqual(after[3])
  expect(backend.memory().bytesInUse).toBe(0)
  await backend.dispose()
  expect(held()).toEqual({ count: 0, bytes: 0, bytesInUse: 0, bytesReserved: 0 })
})
