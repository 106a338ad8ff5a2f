import { bytesFor } from "./floats.js"
import type { Area } from "./ops/area.js"
import { brightness, colour, contrast } from "./ops/enhance.js"
import { transformKind } from "./transform.js"

export interface ColourJitterOptions {
  /** Each factor is drawn from [1 - x, 1 + x], at least 0. Default: 0.4 each, as in timm. */
  readonly brightness?: number
  readonly contrast?: number
  readonly saturation?: number
}

type Change = (data: Uint8Array, area: Area, factor: number) => void

const changes: Record<keyof ColourJitterOptions, Change> = {
  brightness,
  contrast,
  saturation: colour,
}

/** Changes brightness, contrast and saturation in random order, as torchvision's ColorJitter. */
export const colourJitter = transformKind<Required<ColourJitterOptions>>(
  { brightness: 0.4, contrast: 0.4, saturation: 0.4 },
  (strengths) => ({
    draw(_, __, random) {
      const names = random.shuffle(Object.keys(changes) as (keyof ColourJitterOptions)[])
      const drawn = names.map((name) => {
        const low = Math.max(0, 1 - strengths[name])
        const factor = low + (1 + strengths[name] - low) * random.uniform()
        return { change: changes[name], factor }
      })
      return {
        apply(frames) {
          const data = bytesFor("colour-jitter", frames)
          const { width, height } = frames
          const area = { size: frames, part: { x: 0, y: 0, width, height } }
          for (const { change, factor } of drawn) change(data, area, factor)
          return frames
        },
      }
    },
  }),
)
