import { type Spec, TubeletError, type Values } from "@tubelet/core"
import { type ClassifierModel, type LabelledBatch, softTargets } from "@tubelet/models"
import type { PixelType } from "@tubelet/video"
import type { ClipBatch } from "./clips.js"
import { batchDrops } from "./drops.js"
import { type MixOptions, mixBatch } from "./mix.js"
import { padded } from "./padded.js"

/** A batch for fine-tuning, as passed to a compiled step. */
export type LabelledArrays = Values<LabelledBatch<Spec>>

interface LabelledRequest {
  readonly model: ClassifierModel
  readonly smoothing: number
  readonly mix: MixOptions
  readonly seed: number
  /** The weight of each class in the loss. Default: all 1. */
  readonly classWeights?: readonly number[] | undefined
}

/**
 * Soft labels and random drops for a batch of normalised clips, mixed by mixup or cutmix. The last
 * batch of an epoch is padded to `size` with clips of zeros and weight 0, which do not affect the
 * loss or gradients.
 */
export function labelledBatch(
  { model: { config, drops }, smoothing, mix, seed, classWeights }: LabelledRequest,
  { clips: read, samples, labels: given }: ClipBatch<"f32">,
  size = samples.length,
): LabelledArrays {
  const { classes } = config
  const { depth, dim } = config.encoder
  const { dropPathFactors, headDropoutFactors } = batchDrops({ config, drops }, { seed, samples })
  const clips = padded(read, (read.length / samples.length) * size)
  const targets = softTargets(required(given), { classes, smoothing })
  const labels = padded(targets, size * classes)
  mixBatch({ clips, labels }, { ...mix, seed, config, samples })
  return {
    ...{ clips, labels },
    weight: padded(weightsOf(labels, samples.length, classWeights), size),
    ...(dropPathFactors && { dropPathFactors: padded(dropPathFactors, size * depth * 2) }),
    ...(headDropoutFactors && { headDropoutFactors: padded(headDropoutFactors, size * dim) }),
  }
}

/** Each sample's weight: the mean of its classes' weights, in the proportions of its label. */
function weightsOf(
  labels: Float32Array,
  samples: number,
  classWeights: readonly number[] | undefined,
): Float32Array {
  const weights = new Float32Array(samples).fill(1)
  if (!classWeights) return weights
  const classes = classWeights.length
  return weights.map((_, i) =>
    classWeights.reduce((sum, weight, c) => sum + weight * labels[i * classes + c], 0),
  )
}

export function required(labels: ClipBatch<PixelType>["labels"]): Int32Array {
  if (labels) return labels
  throw new TubeletError(
    "the clips have no labels",
    "read them with dataset(), or pass `labels` to memoryClips",
  )
}
