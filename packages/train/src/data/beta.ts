import type { Random } from "@tubelet/core/random"

/** A number from the Beta distribution with parameters above 0. */
export function beta(random: Random, a: number, b: number): number {
  // In logarithms: with a small parameter, both Gamma numbers may be too small for a double.
  const [x, y] = [logGamma(random, a), logGamma(random, b)]
  return 1 / (1 + Math.exp(y - x))
}

/** The logarithm of a number from the Gamma distribution with scale 1. */
function logGamma(random: Random, shape: number): number {
  if (shape >= 1) return Math.log(gamma(random, shape))
  return Math.log(gamma(random, shape + 1)) + Math.log(1 - random.uniform()) / shape
}

/** A number from the Gamma distribution with shape 1 or more (Marsaglia and Tsang 2000). */
function gamma(random: Random, shape: number): number {
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = random.normal()
    const v = (1 + c * x) ** 3
    if (v <= 0) continue
    if (Math.log(1 - random.uniform()) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v
  }
}
