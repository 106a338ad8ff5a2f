import type { Size } from "../geometry.js"

/** 1 as a weight of OpenCV's 8-bit bilinear resize, with 11 fractional bits. */
const unit = 1 << 11

/** The two neighbours of each output pixel and their weights. */
interface Neighbours {
  readonly first: Int32Array
  readonly second: Int32Array
  readonly firstWeight: Int32Array
  readonly secondWeight: Int32Array
}

/**
 * At the edges, both neighbours are the outermost pixel. Along a row OpenCV gives one of them all
 * the weight; along a column it splits the weight between the two, which rounds differently.
 */
function neighbours(input: number, output: number, splitAtEdges: boolean): Neighbours {
  const make = () => new Int32Array(output)
  const taps = { first: make(), second: make(), firstWeight: make(), secondWeight: make() }
  const scale = 1 / (output / input)
  for (let i = 0; i < output; i++) {
    const place = Math.fround((i + 0.5) * scale - 0.5)
    const first = Math.floor(place)
    const outside = first < 0 || first >= input - 1
    const at = outside && !splitAtEdges ? 0 : Math.fround(place - first)
    taps.first[i] = clamp(first, input)
    taps.second[i] = clamp(first + 1, input)
    taps.firstWeight[i] = roundToEven(Math.fround(Math.fround(1 - at) * unit))
    taps.secondWeight[i] = roundToEven(Math.fround(at * unit))
  }
  return taps
}

const clamp = (index: number, count: number) => Math.min(Math.max(index, 0), count - 1)

function roundToEven(value: number): number {
  const down = Math.floor(value)
  const fraction = value - down
  if (fraction !== 0.5) return Math.round(value)
  return down % 2 === 0 ? down : down + 1
}

/**
 * Resizes RGB frames [count, from.height, from.width, 3] into [count, to.height, to.width, 3]
 * without antialiasing. Matches OpenCV's `resize` with INTER_LINEAR for 8-bit RGB bit for bit; the
 * authors use it for validation and test clips.
 */
export function pointSampledResize(
  frames: Uint8Array,
  target: Uint8Array,
  { from, to }: { readonly from: Size; readonly to: Size },
): void {
  const [input, output] = [3 * from.width * from.height, 3 * to.width * to.height]
  const one = oneFrame(from, to)
  for (let i = 0; i < frames.length / input; i++) {
    one(frames.subarray(i * input, (i + 1) * input), target.subarray(i * output, (i + 1) * output))
  }
}

/** Resizes one frame. */
type Resize = (source: Uint8Array, target: Uint8Array) => void

function oneFrame(from: Size, to: Size): Resize {
  const halves = from.width === 2 * to.width && from.height === 2 * to.height
  // For an exact half, OpenCV averages 2x2 blocks even if bilinear was requested.
  if (halves) return (source, target) => halve(source, from.width, to, target)
  const across = neighbours(from.width, to.width, false)
  const down = neighbours(from.height, to.height, true)
  const rows = new ResizedRows(from.width, across)
  return (source, target) => {
    rows.begin(source)
    for (let y = 0; y < to.height; y++) {
      const upper = rows.at(down.first[y])
      const lower = rows.at(down.second[y])
      mixRows(upper, lower, down.firstWeight[y], down.secondWeight[y], target, y)
    }
  }
}

/** Horizontally resized rows of a frame, cached because consecutive pairs often share a row. */
class ResizedRows {
  readonly #width: number
  readonly #taps: Neighbours
  #source: Uint8Array = new Uint8Array()
  readonly #rows: Int32Array[]
  readonly #held = [-1, -1]

  constructor(width: number, taps: Neighbours) {
    this.#width = width
    this.#taps = taps
    this.#rows = [0, 1].map(() => new Int32Array(3 * taps.first.length))
  }

  begin(source: Uint8Array): void {
    this.#source = source
    this.#held.fill(-1)
  }

  /** Row `y`, valid as long as only adjacent rows are requested. */
  at(y: number): Int32Array {
    const slot = y & 1
    const row = this.#rows[slot]
    if (this.#held[slot] !== y) resizeRow(this.#source, 3 * this.#width * y, this.#taps, row)
    this.#held[slot] = y
    return row
  }
}

function resizeRow(source: Uint8Array, row: number, taps: Neighbours, target: Int32Array): void {
  const { first, second, firstWeight, secondWeight } = taps
  for (let x = 0, out = 0; x < first.length; x++, out += 3) {
    const from = row + 3 * first[x]
    const next = row + 3 * second[x]
    const a = firstWeight[x]
    const b = secondWeight[x]
    target[out] = source[from] * a + source[next] * b
    target[out + 1] = source[from + 1] * a + source[next + 1] * b
    target[out + 2] = source[from + 2] * a + source[next + 2] * b
  }
}

function mixRows(
  upper: Int32Array,
  lower: Int32Array,
  a: number,
  b: number,
  target: Uint8Array,
  y: number,
): void {
  const start = y * upper.length
  for (let i = 0; i < upper.length; i++) {
    const sum = (Math.imul(a, upper[i] >> 4) >> 16) + (Math.imul(b, lower[i] >> 4) >> 16)
    target[start + i] = (sum + 2) >> 2
  }
}

function halve(source: Uint8Array, width: number, to: Size, target: Uint8Array): void {
  let out = 0
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++) {
      const from = 3 * (2 * y * width + 2 * x)
      for (let c = 0; c < 3; c++) {
        const above = source[from + c] + source[from + 3 + c]
        const below = source[from + 3 * width + c] + source[from + 3 * width + 3 + c]
        target[out++] = (above + below + 2) >> 2
      }
    }
  }
}
