import type { Random } from "@tubelet/core/random"
import type { Rect, Size } from "../geometry.js"

const scales = [1, 0.875, 0.75, 0.66]
/** A side this close to the input size is set to it, so it needs no resize. */
const snapDistance = 3

/**
 * The sizes that VideoMAE's multi-scale crop chooses from: sides of 1, 0.875, 0.75 and 0.66 times
 * the shorter edge, paired if at most one step apart.
 */
export function multiScaleSizes(image: Size, size: number): Size[] {
  const edge = Math.min(image.width, image.height)
  // Unlike the original, never larger than the picture, which would pad it with black.
  const snap = (side: number) =>
    Math.abs(side - size) < snapDistance && size <= edge ? size : side
  const sides = scales.map((scale) => snap(Math.trunc(edge * scale)))
  return sides.flatMap((height, i) =>
    sides.flatMap((width, j) => (Math.abs(i - j) <= 1 ? [{ width, height }] : [])),
  )
}

/** The thirteen crop offsets, on a grid of quarters of the margin. */
export function multiScaleOffsets(image: Size, crop: Size): { x: number; y: number }[] {
  const stepX = Math.trunc((image.width - crop.width) / 4)
  const stepY = Math.trunc((image.height - crop.height) / 4)
  const places = [
    [0, 0],
    [4, 0],
    [0, 4],
    [4, 4],
    [2, 2],
    [0, 2],
    [4, 2],
    [2, 4],
    [2, 0],
    [1, 1],
    [3, 1],
    [1, 3],
    [3, 3],
  ]
  return places.map(([x, y]) => ({ x: x * stepX, y: y * stepY }))
}

/** Draws one multi-scale crop for all frames of a clip: a size, then an offset, each uniformly. */
export function multiScaleCrop(image: Size, size: number, random: Random): Rect {
  const sizes = multiScaleSizes(image, size)
  const crop = sizes[random.integer(sizes.length)]
  const offsets = multiScaleOffsets(image, crop)
  return { ...crop, ...offsets[random.integer(offsets.length)] }
}
