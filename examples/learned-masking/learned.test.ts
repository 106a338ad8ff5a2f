import { cpuBackend } from "@tubelet/backend-cpu"
import type { PretrainConfig } from "@tubelet/models"
import { expect, test } from "vitest"
import { train } from "./learned.js"

const stack = (dim: number) => ({ dim, depth: 1, heads: 2, mlpHidden: 2 * dim })
const config: PretrainConfig = {
  system: "videomae",
  ...{ imageSize: 32, patchSize: 8, frames: 4, tubelet: 2 },
  ...{ encoder: stack(32), decoder: stack(16), eps: 1e-6, qkvBias: true },
  ...{ initValues: 0, cosineAttention: false, learnablePositions: false },
}

test("both networks learn, through handles that two compiled functions share", async () => {
  const clip = Uint8Array.from({ length: 4 * 32 * 32 * 3 }, (_, i) => (i * i) % 253)
  const history = await train(await cpuBackend(), { config, clip, steps: 60 })
  const [first, last] = [history[0], history.at(-1)!]
  expect(last.loss).toBeLessThan(first.loss)
  expect(last.scorerLoss).toBeLessThan(0.2 * first.scorerLoss)
})
