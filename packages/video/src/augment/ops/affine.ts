import type { Size } from "../../geometry.js"
import { bicubic } from "./bicubic.js"
import { bilinear } from "./bilinear.js"
import type { Affine } from "./matrix.js"
import type { Interpolation, Sampler } from "./sampler.js"
import { sourceRow } from "./source-row.js"

export interface AffineOptions {
  readonly interpolation: Interpolation
  /** The colour of pixels from outside the frame. */
  readonly fill: readonly [number, number, number]
}

const samplers: Record<Interpolation, Sampler> = { bilinear, bicubic }

/**
 * Moves the pixels of RGB frames [count, height, width, 3] into `target`. Equals Pillow's
 * `Image.transform(size, AFFINE, matrix)` bit for bit.
 */
export function affine(
  source: Uint8Array,
  target: Uint8Array,
  size: Size,
  matrix: Affine,
  { interpolation, fill }: AffineOptions,
): void {
  const { width, height } = size
  const outside = Uint8Array.from({ length: 3 * width }, (_, i) => fill[i % 3])
  const row = sourceRow(size)
  const sample = samplers[interpolation]
  const bytes = 3 * width * height
  for (let y = 0; y < height; y++) {
    row.place(matrix, y)
    for (let frame = 0; frame < source.length; frame += bytes) {
      const out = frame + 3 * y * width
      if (row.from > 0) target.set(outside.subarray(0, 3 * row.from), out)
      sample(source, frame, row, target, out)
      if (row.to < width) target.set(outside.subarray(3 * row.to), out + 3 * row.to)
    }
  }
}
