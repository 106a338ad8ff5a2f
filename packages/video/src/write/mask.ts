import { TubeletError } from "@tubelet/core"
import type { Size } from "../geometry.js"
import { fill, frameOf } from "./canvas.js"

/** Tokens along each axis of a clip. */
export interface TokenGrid {
  readonly frames: number
  readonly height: number
  readonly width: number
}

/** Grey of a masked cell. */
const hiddenGrey = 128

/**
 * A copy of a clip that shows only the kept tokens; the others are grey.
 *
 * @param clip u8 RGB, [frames, height, width, 3]
 * @param kept indices of the visible tokens, in order of time, row and column
 */
export function drawMask(
  clip: Uint8Array,
  size: Size,
  grid: TokenGrid,
  kept: ArrayLike<number>,
): Uint8Array<ArrayBuffer> {
  const frames = clip.length / (3 * size.width * size.height)
  const [deep, high, wide] = [
    frames / grid.frames,
    size.height / grid.height,
    size.width / grid.width,
  ]
  if (![deep, high, wide].every(Number.isInteger)) {
    throw new TubeletError(
      `a clip of ${frames}x${size.height}x${size.width} cannot be divided into a grid of ` +
        `${grid.frames}x${grid.height}x${grid.width} tokens`,
      "use the token grid of the model that the mask was made for",
    )
  }
  const masked = Uint8Array.from(clip)
  const shown = new Set(Array.from(kept))
  for (let token = 0; token < grid.frames * grid.height * grid.width; token++) {
    if (shown.has(token)) continue
    const column = token % grid.width
    const row = Math.floor(token / grid.width) % grid.height
    const time = Math.floor(token / (grid.width * grid.height))
    const cell = { x: column * wide, y: row * high, width: wide, height: high }
    for (let i = 0; i < deep; i++) fill(frameOf(masked, size, time * deep + i), cell, hiddenGrey)
  }
  return masked
}
