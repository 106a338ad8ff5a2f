/**
 * Standard normals by Marsaglia's polar method: two per accepted point of the unit disc. It only
 * needs a logarithm and a square root, and the logarithm below uses correctly rounded arithmetic
 * only: `Math.log` may differ in the last bit between engines.
 */
export function normalPair(uniform: () => number): [number, number] {
  for (;;) {
    const x = 2 * uniform() - 1
    const y = 2 * uniform() - 1
    const square = x * x + y * y
    if (square >= 1 || square === 0) continue
    const scale = Math.sqrt((-2 * log(square)) / square)
    return [x * scale, y * scale]
  }
}

const terms = 12

/**
 * The natural logarithm of x in (0, 1], accurate to a few ulps and bit-identical in every engine.
 */
export function log(x: number): number {
  let mantissa = x
  let exponent = 0
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2
    exponent--
  }
  // log m = 2 artanh((m - 1) / (m + 1)); the ratio is at most 0.172 here, so 12 terms suffice.
  const ratio = (mantissa - 1) / (mantissa + 1)
  const square = ratio * ratio
  let sum = 0
  for (let term = terms; term >= 0; term--) sum = sum * square + 1 / (2 * term + 1)
  return exponent * Math.LN2 + 2 * ratio * sum
}
