import type { Random } from "@tubelet/core/random"
import type { ClassifierModel } from "./classifier.js"

/** 0 with probability `rate`, else what makes up for it, so that the mean stays 1. */
const keepFactor = (random: Random, rate: number): number => {
  const keep = 1 - rate
  return Math.floor(keep + random.uniform()) / keep
}

/**
 * One sample's drops for a training step, drawn from a stream of its own, as
 * `random(seed, "drops", epoch, sample)`: the rates of the blocks grow evenly from 0 to `dropPath`.
 */
export function drawDrops(
  { config, drops: { dropPath, headDropout } }: Pick<ClassifierModel, "config" | "drops">,
  random: Random,
): { pathKeep?: Float32Array; featureKeep?: Float32Array } {
  const { depth, dim } = config.encoder
  const rateOf = (block: number) => (depth === 1 ? 0 : (dropPath * block) / (depth - 1))
  const fill = (length: number, rate: (i: number) => number) =>
    Float32Array.from({ length }, (_, i) => keepFactor(random, rate(i)))
  return {
    ...(dropPath > 0 && { pathKeep: fill(2 * depth, (i) => rateOf(i >> 1)) }),
    ...(headDropout > 0 && { featureKeep: fill(dim, () => headDropout) }),
  }
}
