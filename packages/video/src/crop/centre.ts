import type { Rect, Size } from "../geometry.js"
import { roundToEven } from "./random-resized.js"

/** The size with a shorter side of `short`; truncates the longer one as the authors do. */
export function shortSideSize({ width, height }: Size, short: number): Size {
  return width < height
    ? { width: short, height: Math.trunc((short * height) / width) }
    : { width: Math.trunc((short * width) / height), height: short }
}

/** The centred square of `size` pixels. */
export function centreCrop({ width, height }: Size, size: number): Rect {
  const x = roundToEven((width - size) / 2)
  const y = roundToEven((height - size) / 2)
  return { x, y, width: size, height: size }
}
