import { levelTable, lookUp } from "./look-up.js"

// Pillow's ops that change each level by itself; in place, on RGB bytes.

export const invert = (data: Uint8Array): void => lookUp(data, inverted)

const inverted = levelTable((value) => 255 - value)

/** Keeps the upper `bits` of each level. */
export const posterize = (data: Uint8Array, bits: number): void =>
  lookUp(
    data,
    levelTable((value) => value & ~((1 << (8 - bits)) - 1)),
  )

/** Inverts levels from `threshold` up. */
export const solarize = (data: Uint8Array, threshold: number): void =>
  lookUp(
    data,
    levelTable((value) => (value < threshold ? value : 255 - value)),
  )

/** Adds to the levels below 128. */
export const solarizeAdd = (data: Uint8Array, add: number): void =>
  lookUp(
    data,
    levelTable((value) => (value < 128 ? Math.min(255, value + add) : value)),
  )
