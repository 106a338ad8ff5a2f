import { referenceBackend } from "@tubelet/core/testing"
import type { PretrainConfig } from "@tubelet/models"
import { expect, test } from "vitest"
import { train } from "./train.js"

const stack = (dim: number) => ({ dim, depth: 1, heads: 2, mlpHidden: 2 * dim })
const config: PretrainConfig = {
  system: "videomae",
  ...{ imageSize: 16, patchSize: 4, frames: 4, tubelet: 2 },
  ...{ encoder: stack(16), decoder: stack(8), eps: 1e-6, qkvBias: true },
  ...{ initValues: 0, cosineAttention: false, learnablePositions: false },
}

test("the training step of the README learns a clip", async () => {
  const clip = Uint8Array.from({ length: 4 * 16 * 16 * 3 }, (_, i) => (i * 7) % 251)
  const losses = await train(referenceBackend(), config, clip, 30)
  expect(losses.at(-1)).toBeLessThan(0.95 * losses[0])
})
