import { type Backend, disposeAll, upload } from "@tubelet/core"
import type { ClassifierModel } from "@tubelet/models"
import type { TestClip } from "@tubelet/video"
import { requireWeights } from "../run/weights.js"
import { type Classifier, compileClassifier } from "./classify.js"
import type { Handles } from "./forward.js"

/** The prediction for a clip. */
export interface Prediction {
  /** The clip, with the reason if it could not be read. */
  readonly clip: Pick<TestClip, "index" | "item" | "reason">
  /** [classes]; empty if the clip could not be read. */
  readonly probabilities: Float32Array
  /** [views, classes] */
  readonly logits: readonly Float32Array[]
}

export interface PredictOptions {
  readonly backend: Backend
  readonly model: ClassifierModel
  /** Under official names. */
  readonly weights: Readonly<Record<string, Float32Array>>
  /** Clips with their views, in the model's sizes: `testClips` of `@tubelet/video`. */
  readonly clips: AsyncIterable<TestClip>
  /**
   * How views are merged: `prob` averages probabilities (VideoMAE), `score` averages logits
   * (VideoMAE V2). Default: `prob`.
   */
  readonly merge?: Merge
}

export type Merge = "prob" | "score"

/** Classifies clips and merges the predictions of their views. */
export async function* predict({
  backend,
  model,
  weights,
  clips,
  merge,
}: PredictOptions): AsyncGenerator<Prediction, void, void> {
  requireWeights(model.specs, weights)
  const classifier = await compileClassifier(backend, model)
  const params = upload(backend, model.specs, weights)
  try {
    yield* classified(classifier, params, clips, merge)
  } finally {
    disposeAll(params)
    await classifier.dispose()
  }
}

/** The predictions of a compiled classifier. */
export async function* classified(
  classifier: Classifier,
  weights: Handles,
  clips: AsyncIterable<TestClip>,
  merge: Merge = "prob",
): AsyncGenerator<Prediction, void, void> {
  for await (const { index, item, reason, clips: views } of clips) {
    const clip = { index, item, ...(reason !== undefined && { reason }) }
    const logits = reason === undefined ? await classifier.logits(weights, views) : []
    yield { clip, logits, probabilities: merged(logits, merge) }
  }
}

/** Class probabilities from the logits of views; none without views. */
export function merged(logits: readonly Float32Array[], merge: Merge): Float32Array {
  const [first] = logits
  if (first === undefined) return new Float32Array()
  const rows = merge === "prob" ? logits.map(softmax) : logits
  const mean = first.map((_, i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length)
  return merge === "prob" ? mean : softmax(mean)
}

function softmax(logits: Float32Array): Float32Array {
  const largest = Math.max(...logits)
  const exps = Float64Array.from(logits, (logit) => Math.exp(logit - largest))
  const sum = exps.reduce((a, b) => a + b)
  return Float32Array.from(exps, (x) => x / sum)
}
