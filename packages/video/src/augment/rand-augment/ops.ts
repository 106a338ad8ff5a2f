import type { Rect, Size } from "../../geometry.js"
import { type AffineOptions, affine } from "../ops/affine.js"
import { type Area, grown } from "../ops/area.js"
import { brightness, colour, contrast, sharpness } from "../ops/enhance.js"
import { autoContrast, equalize } from "../ops/histogram.js"
import { type Affine, rotation, sourcePart } from "../ops/matrix.js"
import { invert, posterize, solarize, solarizeAdd } from "../ops/point.js"
import { scratchBeside } from "../scratch.js"
import type { OpName } from "./levels.js"

/** An op with its argument, for RGB bytes [count, height, width, 3]. */
export interface Op {
  /** The part of its input that it reads for a part of its result. */
  reads(part: Rect, size: Size): Rect
  /** Computes a part of the result: in place, or in an array from `spare`. */
  apply(data: Uint8Array, area: Area, options: AffineOptions, spare: () => Uint8Array): Uint8Array
}

const inPlace = (change: (data: Uint8Array, area: Area) => void, reads: Op["reads"]): Op => ({
  reads,
  apply(data, area) {
    change(data, area)
    return data
  },
})

/** An op that needs a pixel only to change it. */
const onPixels = (change: (data: Uint8Array, area: Area) => void) => inPlace(change, (part) => part)

/** An op that depends on the whole frame. */
const onFrames = (change: (data: Uint8Array, area: Area) => void) =>
  inPlace(change, (_, size) => ({ x: 0, y: 0, ...size }))

const move = (matrix: (size: Size) => Affine): Op => ({
  reads: (part, size) => sourcePart(matrix(size), part, size),
  apply(data, area, options, spare) {
    const moved = spare()
    affine(data, moved, area, matrix(area.size), options)
    return moved
  },
})

export const opOf: Record<OpName, (argument: number) => Op> = {
  AutoContrast: () => onFrames(autoContrast),
  Equalize: () => onFrames(equalize),
  Invert: () => onPixels(invert),
  Rotate: (degrees) => move((size) => rotation(size, degrees)),
  Posterize: (bits) => onPixels((data, area) => posterize(data, area, bits)),
  Solarize: (threshold) => onPixels((data, area) => solarize(data, area, threshold)),
  SolarizeAdd: (add) => onPixels((data, area) => solarizeAdd(data, area, add)),
  Color: (factor) => onPixels((data, area) => colour(data, area, factor)),
  Contrast: (factor) => onFrames((data, area) => contrast(data, area, factor)),
  Brightness: (factor) => onPixels((data, area) => brightness(data, area, factor)),
  Sharpness: (factor) =>
    inPlace(
      (data, area) => sharpness(data, area, factor),
      (part, size) => grown(part, 1, size),
    ),
  ShearX: (factor) => move(() => [1, factor, 0, 0, 1, 0]),
  ShearY: (factor) => move(() => [1, 0, 0, factor, 1, 0]),
  TranslateXRel: (share) => move(({ width }) => [1, 0, share * width, 0, 1, 0]),
  TranslateYRel: (share) => move(({ height }) => [1, 0, 0, 0, 1, share * height]),
}

/**
 * Applies ops in turn, each to what the later ones read for `wanted`; the rest of the frames is
 * undefined. The result is in `data`, or in memory that the next call uses again.
 */
export function applyOps(
  data: Uint8Array,
  { size, part: wanted }: Area,
  ops: readonly Op[],
  options: AffineOptions,
): Uint8Array {
  let part = wanted
  const parts = ops.map(() => part)
  for (let i = ops.length - 1; i >= 0; i--) {
    parts[i] = part
    part = ops[i].reads(part, size)
  }
  let frames = data
  let other: Uint8Array | undefined
  for (const [i, op] of ops.entries()) {
    const result = op.apply(frames, { size, part: parts[i] }, options, () => {
      other ??= scratchBeside(data)
      return other
    })
    if (result !== frames) [frames, other] = [result, frames]
  }
  return frames
}
