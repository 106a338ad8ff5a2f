import type { FinetuneRecipeOptions } from "../finetune-fields.js"

/** Training clips of a data set. */
export interface DataCounts {
  readonly clips: number
  readonly classes: number
}

const [batch, accumulate] = [8, 4]

/** Fewer steps than this leave the head untrained, whatever the number of epochs. */
const leastSteps = 1000

/** With fewer clips of a class, mixed clips hide what little there is to learn. */
const leastToMix = 20

/**
 * Fine-tuning for one GPU and few clips. There, the authors' rules give too low a learning
 * rate, since it scales with the batch size, and too few steps. So the peak learning rate is fixed,
 * a run has at least 1,000 steps, and rare classes are not mixed.
 */
export function smallData({ clips, classes }: DataCounts): FinetuneRecipeOptions {
  const mixes = clips / classes >= leastToMix
  const stepsPerEpoch = Math.ceil(clips / (batch * accumulate))
  return {
    ...{ batch, accumulate, repeats: 1 },
    epochs: Math.max(30, Math.ceil(leastSteps / stepsPerEpoch)),
    warmup: 5,
    ...{ learningRate: 5e-4, minLearningRate: 1e-6 },
    ...{ layerDecay: 0.75, dropPath: 0.1, smoothing: 0.1 },
    ...(mixes ? { mixup: 0.8, cutmix: 1 } : { mixup: 0, cutmix: 0 }),
  }
}
