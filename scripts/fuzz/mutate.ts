import type { Random } from "@tubelet/core/random"

/** Numbers that break parsers: signs, widths, limits. */
const edges = [0, 1, -1, 127, 128, 255, 256, 32767, 65535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]
const wideEdges = [2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 60n, 2n ** 53n]

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array

const spliced = (bytes: Uint8Array, from: number, to: number, middle: Uint8Array): Uint8Array => {
  const out = new Uint8Array(from + middle.length + bytes.length - to)
  out.set(bytes.subarray(0, from))
  out.set(middle, from)
  out.set(bytes.subarray(to), from + middle.length)
  return out
}

/** A random range of bytes, usually short. */
function part(bytes: Uint8Array, random: Random): [from: number, to: number] {
  const from = random.integer(bytes.length + 1)
  const longest = random.integer(4) === 0 ? bytes.length : 16
  return [from, Math.min(bytes.length, from + random.integer(longest + 1))]
}

/** Overwrites bytes at a random position with a number. */
function overwrite(bytes: Uint8Array, random: Random): Uint8Array {
  const out = bytes.slice()
  const view = new DataView(out.buffer)
  const size = [1, 2, 4, 8][random.integer(4)]
  if (out.length < size) return out
  const at = random.integer(out.length - size + 1)
  const value = edges[random.integer(edges.length)]
  if (size === 1) view.setUint8(at, value)
  else if (size === 2) view.setUint16(at, value, true)
  else if (size === 4) view.setUint32(at, value, true)
  else view.setBigUint64(at, wideEdges[random.integer(wideEdges.length)], true)
  return out
}

const mutations: readonly Mutation[] = [
  (bytes, random) => {
    const out = bytes.slice()
    if (out.length > 0) out[random.integer(out.length)] ^= 1 << random.integer(8)
    return out
  },
  (bytes, random) => {
    const out = bytes.slice()
    if (out.length > 0) out[random.integer(out.length)] = random.integer(256)
    return out
  },
  overwrite,
  (bytes, random) => spliced(bytes, ...part(bytes, random), new Uint8Array(0)),
  (bytes, random) => {
    const at = random.integer(bytes.length + 1)
    return spliced(bytes, at, at, bytes.subarray(...part(bytes, random)))
  },
  (bytes, random, other) =>
    spliced(bytes, ...part(bytes, random), other.subarray(...part(other, random))),
  (bytes, random) => bytes.subarray(0, random.integer(bytes.length + 1)),
]

/** A mutated copy of an input: a few mutations, parts of another input, and keywords. */
export function mutate(
  input: Uint8Array,
  random: Random,
  { other, words, longest }: { other: Uint8Array; words: readonly Uint8Array[]; longest: number },
): Uint8Array {
  let bytes = input
  for (let i = 1 + random.integer(4); i > 0; i--) {
    const choice = random.integer(mutations.length + (words.length > 0 ? 2 : 0))
    const word = () => words[random.integer(words.length)]
    bytes =
      mutations[choice]?.(bytes, random, other) ?? spliced(bytes, ...part(bytes, random), word())
  }
  return bytes.length > longest ? bytes.subarray(0, longest) : bytes
}
