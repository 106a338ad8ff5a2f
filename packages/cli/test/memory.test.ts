import { cpuBackend } from "@tubelet/backend-cpu"
import { random } from "@tubelet/core/random"
import { type PretrainConfig, pretrainModel } from "@tubelet/models"
import { defaultMasks, memoryClips, pretrain } from "@tubelet/train"
import { expect, test } from "vitest"
import { tinyModel } from "./project.js"

test("the backend's bytes in use stay the same over 1000 steps", async () => {
  const backend = await cpuBackend({ threads: 1 })
  const noise = random("clip")
  const clip = Uint8Array.from({ length: 4 * 32 * 32 * 3 }, () => noise.integer(256))
  const run = pretrain({
    model: pretrainModel(tinyModel as PretrainConfig),
    masks: { ...defaultMasks("videomaev2") },
    data: memoryClips([clip]),
    ...{ backend, batch: 1, steps: 1000, learningRate: 1e-4 },
  })
  const bytes: number[] = []
  for await (const { step } of run) {
    if (step % 100 === 0) bytes.push(backend.memory().bytesInUse, backend.memory().bytesReserved)
  }
  expect(new Set(bytes).size).toBeLessThanOrEqual(2)
  await backend.dispose()
})
