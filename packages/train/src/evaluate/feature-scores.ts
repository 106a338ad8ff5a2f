import { type Backend, TubeletError } from "@tubelet/core"
import type { PretrainModel } from "@tubelet/models"
import type { TestClip } from "@tubelet/video"
import type { TrainState } from "../run/state.js"
import { effectiveRank } from "./effective-rank.js"
import { compileFeatures, encoderIn, type FeatureExtractor } from "./features.js"
import type { Handles } from "./forward.js"
import { type Example, nearestNeighbours } from "./knn.js"
import { rankOf } from "./metrics.js"

/** Clips whose features are scored during pre-training. */
export interface FeatureProbe {
  /** Steps between scores; the last step is always scored. */
  readonly every: number
  /** The clips, read again each time: `testClips` of `@tubelet/video`, with one view. */
  readonly clips: () => AsyncIterable<TestClip>
}

/** The quality of an encoder's features. */
export type FeatureScores = {
  /**
   * kNN accuracy, if the clips have labels: val and test clips are classified by their neighbours
   * in train or, without splits, each clip by all others.
   */
  readonly knn?: number
  /** See `effectiveRank`. */
  readonly effectiveRank: number
  /** Clips that could not be read. */
  readonly skipped: number
}

/** Scores the features of a pre-training model on the run's current device. */
export class FeatureScorer {
  readonly #encoder: ReturnType<typeof encoderIn>
  readonly #clips: FeatureProbe["clips"]
  #backend: Backend | undefined
  #compiled: Promise<FeatureExtractor> | undefined

  constructor(model: PretrainModel, clips: FeatureProbe["clips"]) {
    this.#encoder = encoderIn(model)
    this.#clips = clips
  }

  /** Scores weights on the device; undefined if `signal` is aborted meanwhile. */
  async score(
    backend: Backend,
    weights: Handles,
    signal: AbortSignal | undefined,
  ): Promise<FeatureScores | undefined> {
    const encoder = await this.#on(backend)
    const params = this.#encoder.weights(weights)
    const found: Found[] = []
    let skipped = 0
    for await (const { item, clips, reason } of this.#clips()) {
      if (signal?.aborted) return undefined
      if (reason !== undefined) skipped++
      else found.push({ ...item, features: (await encoder.features(params, clips))[0] })
    }
    const knn = accuracyOf(found)
    return {
      ...(knn !== undefined && { knn }),
      effectiveRank: effectiveRank(found.map(({ features }) => features)),
      skipped,
    }
  }

  #on(backend: Backend): Promise<FeatureExtractor> {
    if (this.#compiled === undefined || this.#backend !== backend) {
      this.#backend = backend
      this.#compiled = compileFeatures(backend, this.#encoder.model, "u8")
    }
    return this.#compiled
  }

  /** Frees what is on the device. */
  async release(): Promise<void> {
    const compiled = await this.#compiled?.catch(() => undefined)
    this.#compiled = undefined
    await compiled?.dispose()
  }
}

interface Found extends Pick<TestClip["item"], "label" | "split"> {
  readonly features: Float32Array
}

/** The accuracy of nearest neighbours; undefined without labels. */
function accuracyOf(found: readonly Found[]): number | undefined {
  const examples = found.filter((one): one is Found & Example => one.label !== undefined)
  const held = examples.filter(({ split }) => split === "val" || split === "test")
  const known = examples.filter((one) => !held.includes(one))
  const asked = held.length > 0 ? held : known
  if (known.length < 2) return undefined
  const classes = 1 + Math.max(...examples.map(({ label }) => label))
  const classify = nearestNeighbours(known, classes)
  const right = asked.filter((one) => rankOf(one.label, classify(one.features, one)) === 0)
  return right.length / asked.length
}

/** What a pre-training task needs to score features during a run. */
export function featureTask(model: PretrainModel, { every, clips }: FeatureProbe) {
  if (!Number.isInteger(every) || every < 1) {
    throw new TubeletError(`probe.every must be an integer of at least 1, got ${every}`)
  }
  const scorer = new FeatureScorer(model, clips)
  return {
    evaluateEvery: every,
    evaluate: ({ params, ema }: TrainState, backend: Backend, signal: AbortSignal | undefined) =>
      scorer.score(backend, { ...params, ...ema }, signal),
    release: () => scorer.release(),
  }
}
