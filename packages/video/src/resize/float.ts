import type { Rect, Size } from "../geometry.js"

const { fround } = Math

/** RGB frames [count, height, width, 3]: floats, or bytes that stand for the floats in `levels`. */
export interface FloatFrames extends Size {
  readonly data: Float32Array | Uint8Array
  /** The float of each level of each colour, [3, 256]. */
  readonly levels?: Float64Array
}

/**
 * Crops frames and resizes the crop into `target`, [count, to.height, to.width, 3], without
 * antialiasing. Matches PyTorch's `interpolate(mode="bilinear", align_corners=False)`, which the
 * authors use for fine-tuning crops of normalised clips.
 */
export function cropResizeFloat(
  { data, levels, width, height }: FloatFrames,
  crop: Rect,
  to: Size,
  target: Float32Array,
): void {
  const across = neighbours(crop.width, to.width)
  const down = neighbours(crop.height, to.height)
  const [input, row] = [3 * width * height, 3 * to.width]
  const values = new Float64Array(3 * crop.width)
  // The rows of the source above and below, resized across: most serve several rows of the result.
  let [upper, lower] = [new Float64Array(row), new Float64Array(row)]
  let out = 0
  for (let frame = 3 * (crop.y * width + crop.x); frame < data.length; frame += input) {
    const resized = (y: number, into: Float64Array) => {
      readRow(data, frame + 3 * y * width, levels, values)
      resizeRow(values, across, into)
    }
    let [above, below] = [-1, -1]
    for (let y = 0; y < to.height; y++) {
      if (down.first[y] === below) {
        const reused = upper
        ;[upper, lower, above, below] = [lower, reused, below, above]
      }
      if (down.first[y] !== above) {
        above = down.first[y]
        resized(above, upper)
      }
      if (down.second[y] !== below) {
        below = down.second[y]
        resized(below, lower)
      }
      mixRows(upper, lower, down.weight[y], target, out)
      out += row
    }
  }
}

/** Reads RGB values from `start` on. */
function readRow(
  data: Float32Array | Uint8Array,
  start: number,
  levels: Float64Array | undefined,
  values: Float64Array,
): void {
  if (!levels) {
    values.set(data.subarray(start, start + values.length))
    return
  }
  for (let i = 0; i < values.length; i += 3) {
    values[i] = levels[data[start + i]]
    values[i + 1] = levels[256 + data[start + i + 1]]
    values[i + 2] = levels[512 + data[start + i + 2]]
  }
}

function resizeRow(
  values: Float64Array,
  { first, second, weight }: Neighbours,
  row: Float64Array,
): void {
  for (let x = 0, i = 0; x < weight.length; x++, i += 3) {
    const left = 3 * first[x]
    const right = 3 * second[x]
    const b = weight[x]
    const a = 1 - b
    row[i] = a * values[left] + b * values[right]
    row[i + 1] = a * values[left + 1] + b * values[right + 1]
    row[i + 2] = a * values[left + 2] + b * values[right + 2]
  }
}

function mixRows(
  upper: Float64Array,
  lower: Float64Array,
  weight: number,
  target: Float32Array,
  out: number,
): void {
  const rest = 1 - weight
  for (let i = 0; i < upper.length; i++) target[out + i] = rest * upper[i] + weight * lower[i]
}

interface Neighbours {
  readonly first: Int32Array
  readonly second: Int32Array
  readonly weight: Float64Array
}

/** The two input pixels of each output pixel, and the weight of the second as PyTorch rounds it. */
function neighbours(input: number, output: number): Neighbours {
  const first = new Int32Array(output)
  const second = new Int32Array(output)
  const weight = new Float64Array(output)
  const scale = fround(input / output)
  for (let i = 0; i < output; i++) {
    const place = Math.max(0, fround(fround(scale * fround(i + 0.5)) - 0.5))
    first[i] = Math.trunc(place)
    second[i] = Math.min(first[i] + 1, input - 1)
    weight[i] = fround(place - first[i])
  }
  return { first, second, weight }
}
