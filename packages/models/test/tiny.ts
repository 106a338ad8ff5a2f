import { random } from "@tubelet/core/random"
import type { PretrainConfig, System } from "../src/index.js"

/** A model with 32 tokens (16 for an image) that the interpreter trains in milliseconds. */
export const tinyConfig = (
  system: System,
  changes: Partial<PretrainConfig> = {},
): PretrainConfig => ({
  system,
  imageSize: 16,
  patchSize: 4,
  frames: system === "mae" ? 1 : 4,
  tubelet: system === "mae" ? 1 : 2,
  encoder: { dim: 12, depth: 2, heads: 2, mlpHidden: 24 },
  decoder: { dim: 8, depth: 1, heads: 2, mlpHidden: 16 },
  eps: 1e-6,
  qkvBias: true,
  initValues: 0,
  cosineAttention: false,
  learnablePositions: false,
  ...changes,
})

export const counts = { visible: 4, targets: 6 }

/** Two clips of noise; the targets are the tokens after the visible ones. */
export function tinyBatch({ frames, imageSize }: PretrainConfig) {
  const noise = random("tiny clips")
  const pixels = 2 * frames * imageSize * imageSize * 3
  const range = (from: number, to: number) =>
    Int32Array.from({ length: 2 * (to - from) }, (_, i) => from + (i % (to - from)))
  return {
    clips: Uint8Array.from({ length: pixels }, () => noise.integer(256)),
    visible: range(0, counts.visible),
    targets: range(counts.visible, counts.visible + counts.targets),
    weight: new Float32Array(2 * counts.targets).fill(1),
  }
}
