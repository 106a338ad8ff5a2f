import type { Area } from "./area.js"
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
 * Fills part of `target` with moved pixels of RGB frames [count, height, width, 3]. Equals Pillow's
 * `Image.transform(size, AFFINE, matrix)` bit for bit.
 */
export function affine(
  source: Uint8Array,
  target: Uint8Array,
  { size, part }: Area,
  matrix: Affine,
  { interpolation, fill }: AffineOptions,
): void {
  const { width, height } = size
  const outside = Uint8Array.from({ length: 3 * part.width }, (_, i) => fill[i % 3])
  const row = sourceRow(size)
  const sample = samplers[interpolation]
  const bytes = 3 * width * height
  for (let y = part.y; y < part.y + part.height; y++) {
    row.place(matrix, y, part.x, part.x + part.width)
    const isAllInside = row.from === part.x && row.to === part.x + part.width
    for (let frame = 0; frame < source.length; frame += bytes) {
      const out = frame + 3 * y * width
      if (!isAllInside) target.set(outside, out + 3 * part.x)
      sample(source, frame, row, target, out)
    }
  }
}
