import { antialiasedResize, type Size } from "./antialiased.js"
import { pointSampledResize } from "./point-sampled.js"

export type { Size } from "./antialiased.js"

/**
 * How to resize; the authors' code uses three ways, and they are three different results.
 * `bilinear` and `bicubic` antialias and equal Pillow's; `point-bilinear` equals OpenCV's.
 */
export type ResizeMethod = "bilinear" | "bicubic" | "point-bilinear"

/**
 * Resizes RGB frames [count, from.height, from.width, 3] to [count, to.height, to.width, 3].
 */
export function resize(
  frames: Uint8Array,
  from: Size,
  to: Size,
  method: ResizeMethod = "bilinear",
): Uint8Array<ArrayBuffer> {
  const [input, output] = [3 * from.width * from.height, 3 * to.width * to.height]
  const resized = new Uint8Array((frames.length / input) * output)
  if (from.width === to.width && from.height === to.height) resized.set(frames)
  else if (method === "point-bilinear") pointSampledResize(frames, resized, { from, to })
  else antialiasedResize(frames, resized, { from, to, filter: method })
  return resized
}
