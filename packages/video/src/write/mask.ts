import { TubeletError } from "@tubelet/core"
import type { Size } from "../geometry.js"
import { fill, frameOf } from "./canvas.js"

/** How many tokens a clip has along each axis. */
export interface TokenGrid {
  readonly frames: number
  readonly height: number
  readonly width: number
}

/** Grey of a hidden cell. */
const hiddenGrey = 128

/**
 * A copy of a clip in which only the kept tokens show; the cells of all others are grey.
 *
 * @param clip u8 RGB, [frames, height, width, 3]
 * @param kept indices of the tokens that show: time, then row, then column
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
      `a grid of ${grid.frames}x${grid.height}x${grid.width} tokens does not divide a clip of ` +
        `${frames}x${size.height}x${size.width}`,
      "Give the grid of the model that the mask was made for.",
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
