import { random } from "@tubelet/core/random"
import type { PretrainModel } from "@tubelet/models"
import { type HostBatch, type MaskRules, maskedBatch, type tokenCounts } from "@tubelet/train"

/** Deterministic noise clips, for measuring the time and memory of a step. */
export function noiseClips(
  { frames, imageSize }: { readonly frames: number; readonly imageSize: number },
  batch: number,
): Uint8Array {
  const noise = random(0, "noise")
  const row = Uint8Array.from({ length: 4096 }, () => noise.integer(256))
  return Uint8Array.from({ length: batch * frames * imageSize ** 2 * 3 }, (_, i) => row[i % 4096])
}

/** Batches of noise by their step's number: the same clips under fresh masks. */
export function noiseBatches(
  model: PretrainModel,
  rules: MaskRules,
  counts: ReturnType<typeof tokenCounts>,
  batch: number,
): (step: number) => HostBatch {
  const clips = noiseClips(model.config, batch)
  const samples = Array.from({ length: batch }, (_, index) => ({ epoch: 0, index }))
  return (step) =>
    maskedBatch({ model, rules, counts, seed: step, step }, { clips, samples, next: 0 })
}
