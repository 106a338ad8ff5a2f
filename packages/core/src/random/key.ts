import { philox, type Words } from "./philox.js"

const numberTag = 1
const stringTag = 2

/**
 * Hashes a key to 128 bits: Davies-Meyer chaining with Philox as the block cipher. Each part is
 * written with its type and length, so ("a", "b"), ("ab") and (1, "1") differ.
 */
export function hashKey(key: readonly (number | string)[]): Words {
  const words = encode(key)
  const state = new Uint32Array(4)
  const scrambled = new Uint32Array(4)
  for (let at = 0; at < words.length; at += 2) {
    philox(state, words.subarray(at, at + 2), scrambled)
    for (let word = 0; word < 4; word++) state[word] ^= scrambled[word]
  }
  return state
}

function encode(key: readonly (number | string)[]): Words {
  const words = key.flatMap((part) => (typeof part === "string" ? ofString(part) : ofNumber(part)))
  words.unshift(key.length)
  if (words.length % 2 === 1) words.push(0)
  return Uint32Array.from(words)
}

function ofNumber(value: number): number[] {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new TypeError(
      `random: keys take finite numbers and strings, got ${String(value)}; ` +
        "use for example random(seed, epoch, sample)",
    )
  }
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value + 0) // -0 + 0 is 0, so equal numbers give equal keys.
  return [numberTag, bits.getUint32(4), bits.getUint32(0)]
}

function ofString(text: string): number[] {
  return [
    stringTag,
    text.length,
    ...Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)),
  ]
}
