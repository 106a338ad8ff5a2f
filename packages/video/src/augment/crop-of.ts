import type { Rect, Size } from "../geometry.js"
import { type FrameRows, rowsInMemory } from "../resize/frame-rows.js"
import { resizePart } from "../resize/resize.js"
import type { Filter } from "../resize/taps.js"
import { bytesFor } from "./floats.js"
import type { DrawnTransform, View } from "./transform.js"

/** A crop of bytes by a view, which makes frames of `size`. */
export function cropOf(name: string, view: View, size: Size): DrawnTransform {
  return {
    size,
    view,
    reads: () => view.part,
    apply(frames, { into }) {
      const rows = rowsInMemory(bytesFor(name, frames), frames)
      const { width, height } = frames
      const data = viewBytes(rows.count, size, into)
      view.make(rows, { x: 0, y: 0, width, height }, data)
      return { data, ...size }
    },
  }
}

/** Memory for a view of `count` frames: `into` if it has exactly that room. */
export function viewBytes(count: number, { width, height }: Size, into?: Uint8Array): Uint8Array {
  const length = 3 * count * width * height
  return into?.length === length ? into : new Uint8Array(length)
}

/** The view that resizes a part of the picture with antialiasing. */
export const resizedView = (part: Rect, to: Size, filter: Filter): View => ({
  part,
  make(frames: FrameRows, bounds: Rect, into: Uint8Array) {
    const inside = { ...part, x: part.x - bounds.x, y: part.y - bounds.y }
    resizePart(frames, into, { from: bounds, part: inside, to }, filter)
  },
})
