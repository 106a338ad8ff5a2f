import { antialiasedTaps, type Filter, type Taps, WEIGHT_BITS } from "./taps.js"

/** Half a unit in the last place: rounds when the fraction is shifted away. */
const HALF = 1 << (WEIGHT_BITS - 1)

export interface Size {
  readonly width: number
  readonly height: number
}

/**
 * A resize from one size to another, prepared once for all frames of a clip. The numbers are those
 * of Pillow's `Image.resize` for 8-bit RGB: rows first, rounded to bytes, then columns.
 */
export function antialiasedResize(from: Size, to: Size, filter: Filter) {
  const across = from.width === to.width ? undefined : antialiasedTaps(from.width, to.width, filter)
  const down =
    from.height === to.height ? undefined : antialiasedTaps(from.height, to.height, filter)
  const between = across && down ? new Uint8Array(3 * to.width * from.height) : undefined

  /** Resizes one RGB frame [from.height, from.width, 3] into [to.height, to.width, 3]. */
  return (source: Uint8Array, target: Uint8Array): void => {
    if (!across && !down) target.set(source)
    const rows = between ?? target
    if (across) resizeRows(source, from.width, from.height, across, rows, to.width)
    if (down) resizeColumns(across ? rows : source, 3 * to.width, down, target, to.height)
  }
}

const toByte = (value: number) => {
  const byte = value >> WEIGHT_BITS
  return byte < 0 ? 0 : Math.min(byte, 255)
}

function resizeRows(
  source: Uint8Array,
  width: number,
  height: number,
  { starts, counts, weights, reach }: Taps,
  target: Uint8Array,
  newWidth: number,
): void {
  let out = 0
  for (let y = 0; y < height; y++) {
    const row = 3 * width * y
    for (let x = 0; x < newWidth; x++) {
      let [red, green, blue] = [HALF, HALF, HALF]
      let from = row + 3 * starts[x]
      let tap = x * reach
      for (const end = tap + counts[x]; tap < end; tap++, from += 3) {
        const weight = weights[tap]
        red += source[from] * weight
        green += source[from + 1] * weight
        blue += source[from + 2] * weight
      }
      target[out++] = toByte(red)
      target[out++] = toByte(green)
      target[out++] = toByte(blue)
    }
  }
}

function resizeColumns(
  source: Uint8Array,
  rowBytes: number,
  { starts, counts, weights, reach }: Taps,
  target: Uint8Array,
  newHeight: number,
): void {
  const sums = new Int32Array(rowBytes)
  for (let y = 0; y < newHeight; y++) {
    sums.fill(HALF)
    for (let tap = 0; tap < counts[y]; tap++) {
      const weight = weights[y * reach + tap]
      const row = (starts[y] + tap) * rowBytes
      for (let i = 0; i < rowBytes; i++) sums[i] += source[row + i] * weight
    }
    const out = y * rowBytes
    for (let i = 0; i < rowBytes; i++) target[out + i] = toByte(sums[i])
  }
}
