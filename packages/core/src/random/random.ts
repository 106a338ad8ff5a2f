/**
 * Random numbers keyed by their purpose: `random(seed, epoch, sample)`. The numbers of a key do not
 * depend on other keys, call order, engine or machine, so neither workers nor resuming changes the
 * results of a run.
 */
import { hashKey } from "./key.js"
import { normalPair } from "./normal.js"
import { philox } from "./philox.js"

/** The random stream of one key. */
export interface Random {
  /** Uniform in [0, 1), a multiple of 2^-53. */
  uniform(): number
  /** A uniform integer in [0, below), unbiased; `below` is 1 to 2^53 - 1. */
  integer(below: number): number
  /** Normal with mean 0 and standard deviation 1. */
  normal(): number
  /** A standard normal truncated to [low, high]. */
  truncatedNormal(low: number, high: number): number
  /** A random permutation of 0 to n - 1. */
  permutation(n: number): Int32Array
  /** Shuffles in place and returns the array. */
  shuffle<A extends Shuffled>(array: A): A
}

type Shuffled = { length: number; [index: number]: unknown }

const twoTo32 = 2 ** 32

/** The stream of one key; see the top of this file. */
export function random(...key: readonly (number | string)[]): Random {
  const word = wordStream(key)
  let spare: number | undefined

  const uniform = () => {
    const high = word() >>> 5
    const low = word() >>> 6
    return (high * 2 ** 26 + low) * 2 ** -53
  }

  const integer = (below: number) => {
    if (!Number.isSafeInteger(below) || below < 1) {
      throw new RangeError(`random: integer(below) expects an integer of at least 1, got ${below}`)
    }
    const range = below <= twoTo32 ? twoTo32 : 2 ** 53
    const fair = range - (range % below)
    for (;;) {
      const draw = range === twoTo32 ? word() : uniform() * range
      if (draw < fair) return draw % below
    }
  }

  const normal = () => {
    if (spare !== undefined) {
      const value = spare
      spare = undefined
      return value
    }
    const [value, other] = normalPair(uniform)
    spare = other
    return value
  }

  const truncatedNormal = (low: number, high: number) => {
    if (!(low < high) || low > 3 || high < -3) {
      throw new RangeError(
        `random: truncatedNormal(low, high) expects low < high and a range within ` +
          `3 standard deviations of 0, got [${low}, ${high}]`,
      )
    }
    for (;;) {
      const value = normal()
      if (value >= low && value <= high) return value
    }
  }

  const shuffle = <A extends Shuffled>(array: A): A => {
    const items: { [index: number]: unknown } = array
    for (let last = array.length - 1; last > 0; last--) {
      const other = integer(last + 1)
      const item = items[last]
      items[last] = items[other]
      items[other] = item
    }
    return array
  }

  const permutation = (n: number) => shuffle(Int32Array.from({ length: n }, (_, i) => i))

  return { uniform, integer, normal, truncatedNormal, permutation, shuffle }
}

/** The random stream for one repeat of a sample; repeat 0 is the sample's own stream. */
export const repeatRandom = (key: readonly (number | string)[], repeat: number): Random =>
  repeat === 0 ? random(...key) : random(...key, "view", repeat)

/** 32-bit words: half of the hash becomes Philox's key, the other the upper half of its counter. */
function wordStream(key: readonly (number | string)[]): () => number {
  const hash = hashKey(key)
  const philoxKey = hash.subarray(0, 2)
  const counter = Uint32Array.of(0, 0, hash[2], hash[3])
  const block = new Uint32Array(4)
  let used = 4
  return () => {
    if (used === 4) {
      philox(counter, philoxKey, block)
      counter[0]++
      if (counter[0] === 0) counter[1]++
      used = 0
    }
    return block[used++]
  }
}
