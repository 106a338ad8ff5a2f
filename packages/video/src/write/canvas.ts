import type { Size } from "../geometry.js"

/** An RGB picture in memory. */
export interface Picture extends Size {
  /** u8 RGB, [height, width, 3]. */
  readonly data: Uint8Array
}

/** A picture in a uniform grey. */
export function blank({ width, height }: Size, grey = 255): Picture {
  return { width, height, data: new Uint8Array(3 * width * height).fill(grey) }
}

/** Copies a picture onto a larger one, its top left corner at (x, y). */
export function paste(target: Picture, picture: Picture, x: number, y: number): void {
  const row = 3 * picture.width
  for (let line = 0; line < picture.height; line++) {
    const pixels = picture.data.subarray(line * row, (line + 1) * row)
    target.data.set(pixels, 3 * ((y + line) * target.width + x))
  }
}

/** Fills a rectangle with a uniform grey. */
export function fill(
  target: Picture,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  grey: number,
): void {
  for (let line = y; line < y + height; line++) {
    const start = 3 * (line * target.width + x)
    target.data.fill(grey, start, start + 3 * width)
  }
}

/** Frame `index` of a clip [frames, height, width, 3], as a view. */
export function frameOf(clip: Uint8Array, { width, height }: Size, index: number): Picture {
  const bytes = 3 * width * height
  return { width, height, data: clip.subarray(index * bytes, (index + 1) * bytes) }
}
