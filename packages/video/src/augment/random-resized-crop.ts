import { randomResizedCrop as drawCrop } from "../crop/random-resized.js"
import { cropResizeFloat } from "../resize/float.js"
import type { Filter } from "../resize/taps.js"
import { cropOf, resizedView } from "./crop-of.js"
import { floatsIn } from "./floats.js"
import { transformKind } from "./transform.js"

export interface RandomResizedCropTransformOptions {
  /** Range of the crop's area relative to the image's. Default: [0.08, 1]; MAE: [0.2, 1]. */
  readonly scale?: readonly [number, number]
  /** Range of the aspect ratio, drawn log-uniformly. Default: [3/4, 4/3]. */
  readonly ratio?: readonly [number, number]
  /**
   * Clamps a crop that does not fit to the image's size instead of drawing again, as MAE's linear
   * probe does. Default: false.
   */
  readonly clamped?: boolean
  /** How bytes are resized, with antialiasing. Default: bicubic. */
  readonly interpolation?: Filter
}

/**
 * A crop of random area and aspect ratio, resized to the clip's size: as Pillow resizes bytes, or
 * as PyTorch resizes normalised floats (bilinear without antialiasing).
 */
export const randomResizedCrop = transformKind<Required<RandomResizedCropTransformOptions>>(
  { scale: [0.08, 1], ratio: [3 / 4, 4 / 3], clamped: false, interpolation: "bicubic" },
  ({ interpolation, ...shape }) => ({
    draw(input, size, random) {
      const square = { width: size, height: size }
      const part = drawCrop(input, random, shape)
      const bytes = cropOf("random-resized-crop", resizedView(part, square, interpolation), square)
      return {
        ...bytes,
        apply(frames, use) {
          const { into } = use
          if (frames.data instanceof Uint8Array && !frames.levels) return bytes.apply(frames, use)
          const count = frames.data.length / (frames.width * frames.height)
          const room = into?.buffer === frames.data.buffer ? undefined : into
          const data = floatsIn(room, count * size * size)
          cropResizeFloat(frames, part, square, data)
          return { data, ...square }
        },
      }
    },
  }),
)
