import { settled } from "./floats.js"
import { transformKind } from "./transform.js"

export interface NormaliseOptions {
  /** Mean and standard deviation of red, green and blue in [0, 1]. Default: ImageNet's. */
  readonly mean?: readonly [number, number, number]
  readonly std?: readonly [number, number, number]
}

const { fround } = Math

/** Turns bytes into floats, (x / 255 - mean) / std in single precision. */
export const normalise = transformKind<Required<NormaliseOptions>>(
  { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  ({ mean, std }) => {
    const levels = Float64Array.from({ length: 768 }, (_, i) => {
      const [colour, level] = [i >> 8, i & 255]
      const centred = fround(fround(level / 255) - fround(mean[colour]))
      return fround(centred / fround(std[colour]))
    })
    return {
      draw: () => ({
        reads: (wanted) => wanted,
        apply(frames) {
          const { data, width, height } = frames
          // Left pending: a crop that follows reads only some of the pixels.
          if (data instanceof Uint8Array && !frames.levels) return { data, levels, width, height }
          return settled(frames)
        },
      }),
    }
  },
)
