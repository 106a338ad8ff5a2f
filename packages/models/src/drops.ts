import type { Random } from "@tubelet/core/random"
import type { ClassifierModel } from "./classifier.js"

/** 0 with probability `rate`, else 1 / (1 - rate), so that the mean is 1. */
const keepFactor = (random: Random, rate: number): number => {
  const keep = 1 - rate
  return Math.floor(keep + random.uniform()) / keep
}

/**
 * The drop-path factors of one sample, [blocks, 2], for stacks of the given depths. In each stack
 * the rate grows linearly from 0 at the first block to `rate` at the last (Huang et al. 2016).
 */
export function drawDropPathFactors(
  depths: readonly number[],
  rate: number,
  random: Random,
): Float32Array {
  const rates = depths.flatMap((depth) =>
    Array.from({ length: depth }, (_, block) => (depth === 1 ? 0 : (rate * block) / (depth - 1))),
  )
  return Float32Array.from({ length: 2 * rates.length }, (_, i) =>
    keepFactor(random, rates[i >> 1]),
  )
}

/**
 * The dropout factors of one sample in a training step, from a separate random stream such as
 * `random(seed, "drops", epoch, sample)`. Drop-path rates grow linearly from 0 to `dropPath`.
 */
export function drawDrops(
  { config, drops: { dropPath, headDropout } }: Pick<ClassifierModel, "config" | "drops">,
  random: Random,
): { dropPathFactors?: Float32Array; headDropoutFactors?: Float32Array } {
  const { depth, dim } = config.encoder
  return {
    ...(dropPath > 0 && { dropPathFactors: drawDropPathFactors([depth], dropPath, random) }),
    ...(headDropout > 0 && {
      headDropoutFactors: Float32Array.from({ length: dim }, () => keepFactor(random, headDropout)),
    }),
  }
}
