import { cropInto } from "../crop/pixels.js"
import type { Rect, Size } from "../geometry.js"
import { antialiasedResize, type Resize } from "./antialiased.js"
import { type FrameRows, rowsInMemory } from "./frame-rows.js"
import { pointSampledResize } from "./point-sampled.js"
import type { Filter } from "./taps.js"

/**
 * How to resize. The authors' code uses three methods with different results: `bilinear` and
 * `bicubic` antialias as Pillow does, `point-bilinear` does not and matches OpenCV.
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
  const count = frames.length / (3 * from.width * from.height)
  const resized = new Uint8Array(count * 3 * to.width * to.height)
  const whole = { ...from, x: 0, y: 0 }
  if (method !== "point-bilinear")
    resizePart(rowsInMemory(frames, from), resized, { from, part: whole, to }, method)
  else if (isSize(from, to)) resized.set(frames)
  else pointSampledResize(frames, resized, { from, to })
  return resized
}

/** Resizes a part of each frame into `target` with antialiasing, without copying the part first. */
export function resizePart(
  frames: FrameRows,
  target: Uint8Array,
  { from, part, to }: Resize,
  filter: Filter = "bilinear",
): void {
  if (isSize(part, to)) cropRows(frames, target, from, part)
  else antialiasedResize(frames, target, { from, part, to, filter })
}

function cropRows(frames: FrameRows, target: Uint8Array, from: Size, part: Rect): void {
  const rows = new Uint8Array(3 * from.width * part.height)
  const output = 3 * part.width * part.height
  for (let i = 0; i < frames.count; i++) {
    frames.read(i, part.y, rows)
    const place = target.subarray(i * output, (i + 1) * output)
    cropInto(place, rows, { width: from.width, height: part.height }, { ...part, y: 0 })
  }
}

const isSize = (a: Size, b: Size) => a.width === b.width && a.height === b.height
