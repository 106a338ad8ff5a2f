import { type Backend, TubeletError } from "@tubelet/core"
import type { ClassifierModel } from "@tubelet/models"
import type { TestClip } from "@tubelet/video"
import { compileClassifier } from "./classify.js"
import type { Handles } from "./forward.js"
import { crossEntropyOf, rankOf } from "./metrics.js"
import { classified } from "./predict.js"

/** How well a classifier does on labelled clips. */
export type Scores = {
  /** The mean cross-entropy. */
  readonly loss: number
  /** The fraction of clips whose label has the highest score. */
  readonly top1: number
  /** The fraction of clips whose label is among the five highest. */
  readonly top5: number
  /** Clips that could not be read. */
  readonly skipped: number
}

interface Scored {
  readonly backend: Backend
  readonly model: ClassifierModel
  readonly weights: Handles
  readonly clips: AsyncIterable<TestClip>
  readonly signal: AbortSignal | undefined
}

/** Scores weights on the device; undefined if `signal` is aborted meanwhile. */
export async function score({
  backend,
  model,
  weights,
  clips,
  signal,
}: Scored): Promise<Scores | undefined> {
  const classifier = await compileClassifier(backend, model)
  const ranks: number[] = []
  let loss = 0
  let skipped = 0
  try {
    for await (const { clip, logits, probabilities } of classified(classifier, weights, clips)) {
      if (signal?.aborted) return undefined
      if (clip.reason !== undefined) {
        skipped++
        continue
      }
      const label = labelOf(clip.item)
      ranks.push(rankOf(label, probabilities))
      loss += crossEntropyOf(label, logits[0])
    }
  } finally {
    await classifier.dispose()
  }
  const within = (k: number) => ranks.filter((rank) => rank < k).length / ranks.length
  return { loss: loss / ranks.length, top1: within(1), top5: within(5), skipped }
}

function labelOf({ label, path }: TestClip["item"]): number {
  if (label !== undefined) return label
  throw new TubeletError(`${path} has no label`, "score clips with labels")
}
