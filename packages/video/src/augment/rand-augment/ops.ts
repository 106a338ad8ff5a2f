import type { Size } from "../../geometry.js"
import { type AffineOptions, affine } from "../ops/affine.js"
import { brightness, colour, contrast, sharpness } from "../ops/enhance.js"
import { autoContrast, equalize } from "../ops/histogram.js"
import { type Affine, rotation } from "../ops/matrix.js"
import { invert, posterize, solarize, solarizeAdd } from "../ops/point.js"
import type { OpName } from "./levels.js"

/** An op that works in place on RGB bytes [count, height, width, 3], or a movement of pixels. */
export type Op =
  | { readonly change: (data: Uint8Array, size: Size) => void }
  | { readonly move: Affine }

/** Each op with its argument, for frames of a given size. */
export const opOf: Record<OpName, (argument: number, size: Size) => Op> = {
  AutoContrast: () => ({ change: autoContrast }),
  Equalize: () => ({ change: equalize }),
  Invert: () => ({ change: invert }),
  Rotate: (degrees, size) => ({ move: rotation(size, degrees) }),
  Posterize: (bits) => ({ change: (data) => posterize(data, bits) }),
  Solarize: (threshold) => ({ change: (data) => solarize(data, threshold) }),
  SolarizeAdd: (add) => ({ change: (data) => solarizeAdd(data, add) }),
  Color: (factor) => ({ change: (data) => colour(data, factor) }),
  Contrast: (factor) => ({ change: (data, size) => contrast(data, size, factor) }),
  Brightness: (factor) => ({ change: (data) => brightness(data, factor) }),
  Sharpness: (factor) => ({ change: (data, size) => sharpness(data, size, factor) }),
  ShearX: (factor) => ({ move: [1, factor, 0, 0, 1, 0] }),
  ShearY: (factor) => ({ move: [1, 0, 0, factor, 1, 0] }),
  TranslateXRel: (share, { width }) => ({ move: [1, 0, share * width, 0, 1, 0] }),
  TranslateYRel: (share, { height }) => ({ move: [1, 0, 0, 0, 1, share * height] }),
}

/** Applies ops in turn; the result is `data` or a new array. */
export function applyOps(
  data: Uint8Array,
  size: Size,
  ops: readonly Op[],
  options: AffineOptions,
): Uint8Array {
  let frames = data
  let spare: Uint8Array | undefined
  for (const op of ops) {
    if ("change" in op) {
      op.change(frames, size)
      continue
    }
    const moved = spare ?? new Uint8Array(data.length)
    affine(frames, moved, size, op.move, options)
    spare = frames
    frames = moved
  }
  return frames
}
