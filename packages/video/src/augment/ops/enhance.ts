import type { Size } from "../../geometry.js"
import { eachFrame } from "./each-frame.js"
import { levelTable, lookUp } from "./look-up.js"

// Pillow's ImageEnhance, in place on RGB bytes: a blend of a frame with a degenerate version of it.
// Factor 0 gives the degenerate frame, 1 the original; above 1 it exaggerates.

const { fround } = Math

/** Towards black. */
export function brightness(data: Uint8Array, factor: number): void {
  lookUp(
    data,
    levelTable((value) => blend(0, value, fround(factor))),
  )
}

/** Towards the frame's mean grey. */
export function contrast(data: Uint8Array, size: Size, factor: number): void {
  eachFrame(data, size, (frame) => {
    const mean = meanGrey(frame)
    lookUp(
      frame,
      levelTable((value) => blend(mean, value, fround(factor))),
    )
  })
}

/** Towards grey. */
export function colour(data: Uint8Array, factor: number): void {
  const blends = blendTable(factor)
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [data[i], data[i + 1], data[i + 2]]
    const from = grey(r, g, b) << 8
    data[i] = blends[from + r]
    data[i + 1] = blends[from + g]
    data[i + 2] = blends[from + b]
  }
}

/** Towards the frame smoothed with [[1, 1, 1], [1, 5, 1], [1, 1, 1]] / 13; borders stay. */
export function sharpness(data: Uint8Array, { width, height }: Size, factor: number): void {
  const blends = blendTable(factor)
  const row = 3 * width
  const [above, here] = [new Uint8Array(row), new Uint8Array(row)]
  const sums = new Uint16Array(row)
  const bytes = row * height
  for (let start = 0; start < data.length; start += bytes) {
    above.set(data.subarray(start, start + row))
    for (let y = 1; y < height - 1; y++) {
      const at = start + y * row
      here.set(data.subarray(at, at + row))
      for (let i = 0; i < row; i++) sums[i] = above[i] + here[i] + data[at + row + i]
      for (let i = 3; i < row - 3; i++) {
        const smooth = thirteenths[sums[i - 3] + sums[i] + sums[i + 3] + 4 * here[i]]
        data[at + i] = blends[(smooth << 8) + here[i]]
      }
      above.set(here)
    }
  }
}

/** Sums of thirteen levels divided by thirteen, rounded. Pillow's floats never come near a tie. */
const thirteenths = Uint8Array.from({ length: 13 * 255 + 1 }, (_, sum) => Math.round(sum / 13))

/** The blend of each two levels, [256 (from), 256 (to)]. */
function blendTable(factor: number): Uint8Array {
  const table = new Uint8Array(65536)
  for (let i = 0; i < 65536; i++) table[i] = blend(i >> 8, i & 255, fround(factor))
  return table
}

/** A level moved from `from` to `to` or beyond, in Pillow's single precision. */
function blend(from: number, to: number, factor: number): number {
  return Math.min(Math.max(fround(from + fround(factor * (to - from))), 0), 255)
}

/** The luma of Rec. 601 in Pillow's fixed point. */
const grey = (r: number, g: number, b: number) => (r * 19595 + g * 38470 + b * 7471 + 0x8000) >>> 16

function meanGrey(frame: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < frame.length; i += 3) sum += grey(frame[i], frame[i + 1], frame[i + 2])
  return Math.trunc(sum / (frame.length / 3) + 0.5)
}
