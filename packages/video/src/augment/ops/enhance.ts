import { type Area, eachFrame, eachRow, grown } from "./area.js"
import { levelTable, lookUp } from "./look-up.js"

// Pillow's ImageEnhance, in place on RGB bytes: a blend of a frame with a degenerate version of it.
// Factor 0 gives the degenerate frame, 1 the original; above 1 it exaggerates.

const { fround } = Math

/** Towards black. */
export const brightness = (data: Uint8Array, area: Area, factor: number): void =>
  lookUp(data, area, blendsFrom(0, factor))

/** Towards the frame's mean grey. */
export function contrast(data: Uint8Array, area: Area, factor: number): void {
  eachFrame(data, area.size, (frame) => lookUp(frame, area, blendsFrom(meanGrey(frame), factor)))
}

/** Towards grey. */
export function colour(data: Uint8Array, area: Area, factor: number): void {
  const blends = blendTable(factor)
  eachRow(data, area, (row) => colourRow(row, blends))
}

function colourRow(row: Uint8Array, blends: Uint8Array): void {
  for (let i = 0; i < row.length; i += 3) {
    const r = row[i]
    const g = row[i + 1]
    const b = row[i + 2]
    const from = grey(r, g, b) << 8
    row[i] = blends[from + r]
    row[i + 1] = blends[from + g]
    row[i + 2] = blends[from + b]
  }
}

/** Towards the frame smoothed with [[1, 1, 1], [1, 5, 1], [1, 1, 1]] / 13; borders stay. */
export function sharpness(data: Uint8Array, { size, part }: Area, factor: number): void {
  const blends = blendTable(factor)
  const { x, y, width, height } = grown(part, 1, size)
  const rowOf = (frame: Uint8Array, y: number) =>
    frame.subarray(3 * (y * size.width + x), 3 * (y * size.width + x + width))
  // Rows above are needed as they were.
  let [above, here] = [new Uint8Array(3 * width), new Uint8Array(3 * width)]
  const sums = new Uint16Array(3 * width)
  eachFrame(data, size, (frame) => {
    above.set(rowOf(frame, y))
    for (let inner = y + 1; inner < y + height - 1; inner++) {
      const row = rowOf(frame, inner)
      here.set(row)
      addRows(above, here, rowOf(frame, inner + 1), sums)
      sharpenRow(row, here, sums, blends)
      ;[above, here] = [here, above]
    }
  })
}

function addRows(a: Uint8Array, b: Uint8Array, c: Uint8Array, sums: Uint16Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] = a[i] + b[i] + c[i]
}

/** `sums` has the sums of each level and those above and below it. */
function sharpenRow(
  row: Uint8Array,
  levels: Uint8Array,
  sums: Uint16Array,
  blends: Uint8Array,
): void {
  for (let i = 3; i < row.length - 3; i++) {
    const smooth = thirteenths[sums[i - 3] + sums[i] + sums[i + 3] + 4 * levels[i]]
    row[i] = blends[(smooth << 8) + levels[i]]
  }
}

/** Sums of thirteen levels divided by thirteen, rounded. Pillow's floats never come near a tie. */
const thirteenths = Uint8Array.from({ length: 13 * 255 + 1 }, (_, sum) => Math.round(sum / 13))

/** The blends of each level with one other. */
const blendsFrom = (from: number, factor: number): Uint8Array =>
  levelTable((value) => blend(from, value, fround(factor)))

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
