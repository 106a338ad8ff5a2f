import type { Rect, Size } from "../../geometry.js"

/** The part of each frame that an op computes: what later transforms read. */
export interface Area {
  readonly size: Size
  readonly part: Rect
}

/** Calls `use` with each of the RGB frames [count, height, width, 3]. */
export function eachFrame(
  data: Uint8Array,
  { width, height }: Size,
  use: (frame: Uint8Array) => void,
): void {
  const bytes = 3 * width * height
  for (let start = 0; start < data.length; start += bytes) use(data.subarray(start, start + bytes))
}

/** Calls `use` with the part of each row of each frame. */
export function eachRow(data: Uint8Array, { size, part }: Area, use: (row: Uint8Array) => void) {
  eachFrame(data, size, (frame) => {
    for (let y = part.y; y < part.y + part.height; y++) {
      const start = 3 * (y * size.width + part.x)
      use(frame.subarray(start, start + 3 * part.width))
    }
  })
}

/** A rectangle extended by `margin` pixels, but not beyond the frame. */
export function grown({ x, y, width, height }: Rect, margin: number, frame: Size): Rect {
  const [left, top] = [Math.max(0, x - margin), Math.max(0, y - margin)]
  const right = Math.min(frame.width, x + width + margin)
  const bottom = Math.min(frame.height, y + height + margin)
  return { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) }
}
