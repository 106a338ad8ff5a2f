import type { Rect, Size } from "../geometry.js"

const { fround } = Math

/**
 * Crops f32 planes [..., height, width] and resizes the crop to [..., to.height, to.width] without
 * antialiasing. Matches PyTorch's `interpolate(mode="bilinear", align_corners=False)`, which the
 * authors use for fine-tuning crops of normalised clips.
 */
export function cropResizeFloat(
  planes: Float32Array,
  from: Size,
  crop: Rect,
  to: Size,
): Float32Array<ArrayBuffer> {
  const [input, output] = [from.width * from.height, to.width * to.height]
  const across = neighbours(crop.width, to.width)
  const down = neighbours(crop.height, to.height)
  const resized = new Float32Array((planes.length / input) * output)
  let out = 0
  for (let plane = crop.y * from.width + crop.x; plane < planes.length; plane += input) {
    for (let y = 0; y < to.height; y++) {
      const upper = plane + down.first[y] * from.width
      const lower = plane + down.second[y] * from.width
      const b = down.weight[y]
      for (let x = 0; x < to.width; x++) {
        const [left, right, a] = [across.first[x], across.second[x], across.weight[x]]
        const above = mix(planes[upper + left], planes[upper + right], a)
        const below = mix(planes[lower + left], planes[lower + right], a)
        resized[out++] = mix(above, below, b)
      }
    }
  }
  return resized
}

const mix = (first: number, second: number, weight: number) =>
  fround(fround(fround(1 - weight) * first) + fround(weight * second))

function neighbours(input: number, output: number) {
  const first = new Int32Array(output)
  const second = new Int32Array(output)
  const weight = new Float32Array(output)
  const scale = fround(input / output)
  for (let i = 0; i < output; i++) {
    const place = Math.max(0, fround(fround(scale * fround(i + 0.5)) - 0.5))
    first[i] = Math.trunc(place)
    second[i] = Math.min(first[i] + 1, input - 1)
    weight[i] = place - first[i]
  }
  return { first, second, weight }
}
