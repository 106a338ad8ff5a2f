// What every program starts from: the same numbers wherever a name is the same.

/** FNV-1a (Fowler, Noll & Vo). */
function hash(name) {
  let h = 0x811c9dc5
  for (const byte of new TextEncoder().encode(name)) h = Math.imul(h ^ byte, 0x01000193)
  return h
}

/** `length` numbers, uniform within `bound` of 0, drawn for a name (mulberry32, Ettinger 2017). */
export function uniform(name, length, bound) {
  let state = hash(name)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return Float32Array.from({ length }, () => (2 * next() - 1) * bound)
}

/** A batch entry: standard deviation 1. */
export const noise = (name, length) => uniform(name, length, Math.sqrt(3))

/** A linear layer's weight [output, input], as PyTorch keeps it; within 1 / sqrt(input) of 0. */
export const weight = (name, input, output) => uniform(name, input * output, 1 / Math.sqrt(input))

/** The same as [input, output]. */
export function weightTransposed(name, input, output) {
  const rows = weight(name, input, output)
  return Float32Array.from(rows, (_, i) => rows[(i % output) * input + Math.floor(i / output)])
}
