import { flipFrames } from "../crop/pixels.js"
import { transformKind } from "./transform.js"

export interface FlipOptions {
  /** Default: 0.5. */
  readonly probability?: number
}

/**
 * Flips a clip horizontally. Leave it out if classes differ by direction, as in Something-Something
 * ("pushing something from left to right").
 */
export const flip = transformKind<Required<FlipOptions>>(
  { probability: 0.5 },
  ({ probability }) => ({
    draw(_, __, random) {
      const flipped = random.uniform() < probability
      return {
        apply(frames) {
          if (flipped) flipFrames(frames.data, frames)
          return frames
        },
      }
    },
  }),
)
