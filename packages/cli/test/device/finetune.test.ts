import { cpuBackend } from "@tubelet/backend-cpu"
import { webgpuBackend } from "@tubelet/backend-webgpu"
import type { Backend } from "@tubelet/core"
import { classifierModel } from "@tubelet/models"
import { finetune } from "@tubelet/train"
import { expect, test } from "vitest"
import { brightClips, tinyClassifier } from "../../../train/test/tiny.js"

async function losses(backend: Backend): Promise<number[]> {
  const found: number[] = []
  const run = finetune({
    ...{ backend, steps: 50, batch: 4, repeats: 1, warmup: 5, seed: 3 },
    ...{ learningRate: 1e-3, ema: 0.99, clipGrad: 1 },
    model: classifierModel(tinyClassifier(), { dropPath: 0.1, headDropout: 0.1 }),
    data: brightClips(9),
  })
  for await (const { loss } of run) found.push(loss)
  await backend.dispose()
  return found
}

test("50 steps of fine-tuning follow the CPU backend's losses", async () => {
  const theirs = await losses(await cpuBackend())
  const ours = await losses(await webgpuBackend())
  const apart = ours.map((loss, i) => Math.abs(loss - theirs[i]))
  expect(apart.findIndex((difference) => !(difference < 1e-3))).toBe(-1)
})
