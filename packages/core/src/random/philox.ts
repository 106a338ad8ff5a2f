/**
 * Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3" (SC 2011): ten rounds that scramble a 128-bit counter with a 64-bit key. Only 32-bit
 * integer arithmetic, so every engine gives the same bits.
 */

const multiplier0 = 0xd2511f53
const multiplier1 = 0xcd9e8d57
const weyl0 = 0x9e3779b9
const weyl1 = 0xbb67ae85
const rounds = 10

/** Four or two unsigned 32-bit words, least significant first. */
export type Words = Uint32Array

/** Scrambles `counter` (4 words) with `key` (2 words) into `out` (4 words; may be `counter`). */
export function philox(counter: Words, key: Words, out: Words): void {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
  for (let round = 0; round < rounds; round++) {
    const high0 = multiplyHigh(multiplier0, c0)
    const high1 = multiplyHigh(multiplier1, c2)
    const low0 = Math.imul(multiplier0, c0)
    const low1 = Math.imul(multiplier1, c2)
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0
    k0 = (k0 + weyl0) | 0
    k1 = (k1 + weyl1) | 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
}

/**
 * The upper 32 bits of a 64-bit product, from 16-bit halves that keep partial products below 2^53.
 */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const cross = aHigh * bLow + ((aLow * bLow) >>> 16)
  const middle = aLow * bHigh + (cross & 0xffff)
  return aHigh * bHigh + (cross >>> 16) + (middle >>> 16)
}
