import { random } from "@tubelet/core/random"
import { random as randomMasking, runningCell, tube } from "@tubelet/masking"
import {
  classifierConfig,
  type PretrainConfig,
  pretrainModel,
  type System,
  targetNamed,
} from "@tubelet/models"
import type { PixelType } from "@tubelet/video"
import { padded } from "../src/data/padded.js"
import { type ClipData, type MaskRules, memoryClips } from "../src/index.js"

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
export function brightClips(count: number, config = tinyClassifier()) {
  const { frames, imageSize, classes } = config
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

/** Two repeats of each clip: the second is the clip upside down. */
export const twice = <P extends PixelType>(data: ClipData<P>): ClipData<P> => ({
  ...{ length: data.length, repeats: 2 },
  async *batches(request) {
    const stream = { [Symbol.asyncIterator]: () => data.batches(request) }
    for await (const { clips, samples, labels, next } of stream) {
      const size = clips.length / samples.length
      const both = padded(clips, 2 * clips.length)
      for (const i of samples.keys()) {
        const clip = clips.slice(i * size, (i + 1) * size)
        both.set(clip, 2 * i * size)
        both.set(clip.reverse(), (2 * i + 1) * size)
      }
      yield {
        ...{ clips: both, next },
        samples: samples.flatMap((key) => [0, 1].map((repeat) => ({ ...key, repeat }))),
        ...(labels && { labels: Int32Array.from([...labels].flatMap((label) => [label, label])) }),
      }
    }
  },
})
