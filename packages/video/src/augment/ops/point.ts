import type { Area } from "./area.js"
import { levelTable, lookUp } from "./look-up.js"

// Pillow's ops that change each level by itself; in place, on RGB bytes.

export const invert = (data: Uint8Array, area: Area): void => lookUp(data, area, inverted)

const inverted = levelTable((value) => 255 - value)

/** Keeps the upper `bits` of each level. */
export function posterize(data: Uint8Array, area: Area, bits: number): void {
  const mask = ~((1 << (8 - bits)) - 1)
  const table = levelTable((value) => value & mask)
  lookUp(data, area, table)
}

/** Inverts levels from `threshold` up. */
export function solarize(data: Uint8Array, area: Area, threshold: number): void {
  const table = levelTable((value) => (value < threshold ? value : 255 - value))
  lookUp(data, area, table)
}

/** Adds to the levels below 128. */
export function solarizeAdd(data: Uint8Array, area: Area, add: number): void {
  const table = levelTable((value) => (value < 128 ? Math.min(255, value + add) : value))
  lookUp(data, area, table)
}
