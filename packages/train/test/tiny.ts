import { random } from "@tubelet/core/random"
import { random as randomMasking, runningCell, tube } from "@tubelet/masking"
import {
  classifierConfig,
  type PretrainConfig,
  pretrainModel,
  type System,
  targetNamed,
} from "@tubelet/models"
import { type MaskRules, memoryClips } from "../src/index.js"

const stack = (dim: number) => ({ dim, depth: 1, heads: 2, mlpHidden: 2 * dim })

/** A model that the interpreter trains in milliseconds: 32 tokens of 2 x 4 x 4 pixels. */
export const tinyConfig = (system: System = "videomaev2"): PretrainConfig => ({
  system,
  imageSize: 16,
  patchSize: 4,
  frames: system === "mae" ? 1 : 4,
  tubelet: system === "mae" ? 1 : 2,
  encoder: stack(12),
  decoder: stack(8),
  eps: 1e-6,
  qkvBias: true,
  initValues: 0,
  cosineAttention: false,
  learnablePositions: false,
})

export const tinyModel = (system: System = "videomaev2") =>
  pretrainModel(tinyConfig(system), { target: targetNamed("pixels") })

export const tinyMasks = (system: System = "videomaev2"): MaskRules => {
  if (system === "mae") return { encoder: { masking: randomMasking, ratio: 0.75 } }
  const encoder = { masking: tube, ratio: 0.75 }
  return system === "videomae"
    ? { encoder }
    : { encoder, decoder: { masking: runningCell, ratio: 0.5 } }
}

/** A classifier of three classes. Two blocks, since drop path leaves the first one whole. */
export function tinyClassifier() {
  const base = tinyConfig("videomae")
  return classifierConfig({ ...base, encoder: { ...base.encoder, depth: 2 } }, { classes: 3 })
}

/** Normalised clips whose class is their brightness. */
export function brightClips(count: number) {
  const { frames, imageSize, classes } = tinyClassifier()
  const labels = Array.from({ length: count }, (_, i) => i % classes)
  const clips = labels.map((label, i) => {
    const noise = random("clip", i)
    const values = { length: frames * imageSize * imageSize * 3 }
    return Float32Array.from(values, () => 2 * (label - 1) + noise.normal() / 4)
  })
  return memoryClips<"f32">(clips, { labels })
}

/** The same clips as bytes, to score, and one that cannot be read. */
export const brightBytes = (count: number, labels = true) =>
  async function* () {
    const { classes, frames, imageSize } = tinyClassifier()
    for (let index = 0; index < count; index++) {
      const label = index % classes
      const value = 255 * [0.05, 0.45, 0.85][label]
      const clips = new Uint8Array(frames * imageSize ** 2 * 3).fill(value)
      yield { index, item: { path: `clip ${index}`, ...(labels && { label }) }, clips }
    }
    yield { index: count, item: { path: "bad", label: 0 }, clips: new Uint8Array(), reason: "bad" }
  }

/** Clips of noise that is the same everywhere. */
export function noiseClips(count: number, { frames, imageSize }: PretrainConfig): Uint8Array[] {
  const bytes = frames * imageSize * imageSize * 3
  return Array.from({ length: count }, (_, i) => {
    const source = random("noise", i)
    return Uint8Array.from({ length: bytes }, () => source.integer(256))
  })
}
