import { TubeletError } from "@tubelet/core"

export interface NeighboursOptions {
  /** Neighbours that vote. Default: 20. */
  readonly k?: number
  /** A neighbour's vote is exp(cosine similarity / temperature). Default: 0.07. */
  readonly temperature?: number
}

/** A clip's features with its label. */
export interface Example {
  readonly features: Float32Array
  readonly label: number
}

/**
 * A weighted nearest-neighbour classifier (Wu et al. 2018, section 3.4), as DINO evaluates
 * features: the examples with the highest cosine similarity vote for their classes. Returns the
 * class scores of a clip's features, which sum to 1. To classify one of the examples, pass it as
 * `without`: then it does not vote.
 */
export function nearestNeighbours(
  examples: readonly Example[],
  classes: number,
  { k = 20, temperature = 0.07 }: NeighboursOptions = {},
): (features: Float32Array, without?: Example) => Float32Array {
  if (examples.length === 0) {
    throw new TubeletError("there are no examples", "pass at least one clip with a label")
  }
  const known = examples.map((example) => ({ example, unit: normalised(example.features) }))
  return (features, without) => {
    const unit = normalised(features)
    const nearest = known
      .filter(({ example }) => example !== without)
      .map((one) => ({ label: one.example.label, similarity: dot(one.unit, unit) }))
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, k)
    const scores = new Float32Array(classes)
    // Relative to the nearest, which the sum divides out: the exponential cannot overflow.
    for (const { label, similarity } of nearest) {
      scores[label] += Math.exp((similarity - nearest[0].similarity) / temperature)
    }
    const sum = scores.reduce((a, b) => a + b)
    return scores.map((score) => score / sum)
  }
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * b[i], 0)

function normalised(features: Float32Array): Float32Array {
  const norm = Math.sqrt(dot(features, features)) || 1
  return features.map((value) => value / norm)
}
