import type { Random } from "@tubelet/core/random"
import type { Rect, Size } from "../geometry.js"

const attempts = 10

export interface RandomResizedCropOptions {
  /** Range of the crop's area relative to the picture's. Default: [0.2, 1], as in MAE. */
  readonly scale?: readonly [number, number]
  /** Range of the aspect ratio, drawn log-uniformly. Default: [3/4, 4/3]. */
  readonly ratio?: readonly [number, number]
  /** Cuts a crop that does not fit to the picture, instead of drawing again. Default: false. */
  readonly clamped?: boolean
}

/** A crop of random area and aspect ratio; after ten misses, the largest allowed centre crop. */
export function randomResizedCrop(
  { width, height }: Size,
  random: Random,
  { scale = [0.2, 1], ratio = [3 / 4, 4 / 3], clamped = false }: RandomResizedCropOptions = {},
): Rect {
  const between = (low: number, high: number) => low + (high - low) * random.uniform()
  for (let attempt = 0; attempt < attempts; attempt++) {
    const area = width * height * between(scale[0], scale[1])
    const shape = Math.exp(between(Math.log(ratio[0]), Math.log(ratio[1])))
    const drawn = [area * shape, area / shape].map((square) => roundToEven(Math.sqrt(square)))
    const [w, h] = clamped ? [Math.min(drawn[0], width), Math.min(drawn[1], height)] : drawn
    if (w > 0 && w <= width && h > 0 && h <= height) {
      const y = random.integer(height - h + 1)
      const x = random.integer(width - w + 1)
      return { x, y, width: w, height: h }
    }
  }
  return centredShape({ width, height }, ratio)
}

function centredShape({ width, height }: Size, [low, high]: readonly [number, number]): Rect {
  const shape = width / height
  const w = shape > high ? roundToEven(height * high) : width
  const h = shape < low ? roundToEven(width / low) : height
  return { x: (width - w) >> 1, y: (height - h) >> 1, width: w, height: h }
}

/** Python's `round`, as in the authors' code: halves round to even. */
export function roundToEven(value: number): number {
  const rounded = Math.round(value)
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}
