import type { Rect, Size } from "../geometry.js"
import type { FrameRows } from "./frame-rows.js"
import { kernelsWith } from "./kernels.js"
import { type Filter, type Taps, tapsFor } from "./taps.js"
import { entryBytes, lowBits } from "./weighted-sums.js"

/** Resizes the part `part` of frames of size `from` to `to`. */
export interface Resize {
  readonly from: Size
  readonly part: Rect
  readonly to: Size
}

/**
 * Resizes a part of RGB frames of size `from` into [count, to.height, to.width, 3]. Equals Pillow's
 * `Image.resize` of an 8-bit RGB picture of that part alone: rows first, rounded to bytes, then
 * columns. (A pass between equal sizes changes nothing.)
 */
export function antialiasedResize(
  frames: FrameRows,
  target: Uint8Array,
  { from, part, to, filter }: Resize & { readonly filter: Filter },
): void {
  const across = tapsFor(part.width, to.width, filter)
  const down = tapsFor(part.height, to.height, filter)
  const [acrossPairs, downPairs] = [pairsOf(across), pairsOf(down)]
  // Rows are written four at a time with one byte too many; columns are read in pairs of rows.
  const groups = Math.ceil(part.height / 4)
  const rowBytes = 3 * from.width
  const stride = roundUp(3 * to.width + 1, 16)
  const output = 3 * to.width * to.height
  const sizes = [
    to.width * entryBytes(acrossPairs),
    to.height * entryBytes(downPairs),
    rowBytes * 4 * groups + 6 * acrossPairs,
    stride * (4 * groups + 2 * downPairs),
    output,
  ]
  const [rowTaps, columnTaps, source, between, result, end] = placesOf(sizes)
  const { memory, resizeRows, resizeColumns } = kernelsWith(end)
  const bytes = new Uint8Array(memory.buffer)
  packTaps(across, acrossPairs, 3, memory.buffer, rowTaps)
  packTaps(down, downPairs, stride, memory.buffer, columnTaps)
  const corner = source + 3 * part.x
  const vectors = Math.ceil((3 * to.width) / 16)
  const rows = bytes.subarray(source, source + part.height * rowBytes)
  for (let i = 0; i < frames.count; i++) {
    frames.read(i, part.y, rows)
    resizeRows(corner, rowTaps, between, to.width, groups, rowBytes, stride, acrossPairs)
    resizeColumns(between, columnTaps, result, to.height, vectors, stride, 3 * to.width, downPairs)
    target.set(bytes.subarray(result, result + output), i * output)
  }
}

/** Pairs of taps needed for the weights of any output. */
const pairsOf = ({ counts }: Taps) => Math.ceil(counts.reduce((a, b) => Math.max(a, b)) / 2)

/** Packs taps for the kernels; one input pixel or row is `stepBytes`. */
function packTaps(
  { starts, counts, weights, reach }: Taps,
  pairs: number,
  stepBytes: number,
  memory: ArrayBuffer,
  place: number,
): void {
  const view = new DataView(memory, place)
  for (let i = 0; i < starts.length; i++) {
    const entry = i * entryBytes(pairs)
    view.setInt32(entry, stepBytes * starts[i], true)
    for (let k = 0; k < 2 * pairs; k++) {
      const weight = k < counts[i] ? weights[i * reach + k] : 0
      const at = entry + 4 + 8 * (k >> 1) + 2 * (k & 1)
      view.setInt16(at, weight >> lowBits, true)
      view.setInt16(at + 4, weight & ((1 << lowBits) - 1), true)
    }
  }
}

/** Offsets of blocks of these sizes, and the end of the last; a vector may overrun each block. */
function placesOf(sizes: readonly number[]): number[] {
  let end = 0
  return [...sizes, 0].map((size) => {
    const place = end
    end += roundUp(size + 16, 16)
    return place
  })
}

const roundUp = (bytes: number, unit: number) => Math.ceil(bytes / unit) * unit
