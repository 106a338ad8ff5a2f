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
  // The rows of the source above and below, resized across: most serve several rows of the result.
  let [upper, lower] = [new Float64Array(row), new Float64Array(row)]
  let out = 0
  for (let frame = 3 * (crop.y * width + crop.x); frame < data.length; frame += input) {
    let [above, below] = [-1, -1]
    for (let y = 0; y < to.height; y++) {
      if (down.first[y] === below) {
        const reused = upper
        ;[upper, lower, above, below] = [lower, reused, below, above]
      }
      if (down.first[y] !== above) {
        above = down.first[y]
        resizeRow(data, levels, frame + 3 * above * width, across, upper)
      }
      if (down.second[y] !== below) {
        below = down.second[y]
        resizeRow(data, levels, frame + 3 * below * width, across, lower)
      }
      const [rest, weight] = [1 - down.weight[y], down.weight[y]]
      for (let i = 0; i < row; i++) target[out + i] = rest * upper[i] + weight * lower[i]
      out += row
    }
  }
}

/** Resizes the part of a row of RGB pixels that begins at `start`. */
function resizeRow(
  data: Float32Array | Uint8Array,
  levels: Float64Array | undefined,
  start: number,
  across: Neighbours,
  row: Float64Array,
): void {
  if (levels) resizeLevels(data, levels, start, across, row)
  else resizeFloats(data, start, across, row)
}

function resizeFloats(
  data: Float32Array | Uint8Array,
  start: number,
  { first, second, weight }: Neighbours,
  row: Float64Array,
): void {
  for (let x = 0, i = 0; x < weight.length; x++, i += 3) {
    const [left, right, b] = [start + 3 * first[x], start + 3 * second[x], weight[x]]
    const a = 1 - b
    row[i] = a * data[left] + b * data[right]
    row[i + 1] = a * data[left + 1] + b * data[right + 1]
    row[i + 2] = a * data[left + 2] + b * data[right + 2]
  }
}

function resizeLevels(
  data: Float32Array | Uint8Array,
  levels: Float64Array,
  start: number,
  { first, second, weight }: Neighbours,
  row: Float64Array,
): void {
  for (let x = 0, i = 0; x < weight.length; x++, i += 3) {
    const [left, right, b] = [start + 3 * first[x], start + 3 * second[x], weight[x]]
    const a = 1 - b
    row[i] = a * levels[data[left]] + b * levels[data[right]]
    row[i + 1] = a * levels[256 + data[left + 1]] + b * levels[256 + data[right + 1]]
    row[i + 2] = a * levels[512 + data[left + 2]] + b * levels[512 + data[right + 2]]
  }
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
