import type { Picture } from "./canvas.js"

/** A picture's pixels with full opacity, [height, width, 4], for a page's `ImageData`. */
export function rgba({ data, width, height }: Picture): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * width * height).fill(255)
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    pixels[to] = data[from]
    pixels[to + 1] = data[from + 1]
    pixels[to + 2] = data[from + 2]
  }
  return pixels
}
