import { type Random, random } from "@tubelet/core/random"
import { roundToEven } from "../crop/random-resized.js"
import type { Rect, Size } from "../geometry.js"
import { floatsFor } from "./floats.js"
import { transformKind } from "./transform.js"

export interface RandomErasingOptions {
  /** Default: 0.25. */
  readonly probability?: number
  /** Range of a box's area relative to the frame's, shared by all boxes. Default: [0.02, 1/3]. */
  readonly area?: readonly [number, number]
  /** Smallest aspect ratio of a box; the largest is its inverse. Default: 0.3. */
  readonly aspect?: number
  /**
   * What a box is filled with: a normal number for every value (`pixel`), one for each colour
   * (`rand`), or 0 (`const`). Default: `pixel`.
   */
  readonly mode?: "pixel" | "rand" | "const"
  /** Boxes per clip. Default: 1. */
  readonly count?: number
}

/** Random erasing (Zhong et al. 2020) of normalised frames: the same box in every frame. */
export const randomErasing = transformKind<Required<RandomErasingOptions>>(
  { probability: 0.25, area: [0.02, 1 / 3], aspect: 0.3, mode: "pixel", count: 1 },
  ({ probability, mode, count, ...shape }) => ({
    draw(input, _, source) {
      const erased = source.uniform() < probability
      const boxes = erased
        ? Array.from({ length: count }, () => drawBox(input, shape, count, source))
        : []
      return {
        apply(frames, { into }) {
          const data = floatsFor("random-erasing", frames, into)
          for (const box of boxes.flat()) erase(data, frames, box, fillers[mode](source))
          return { data, width: frames.width, height: frames.height }
        },
      }
    },
  }),
)

const attempts = 100

type Shape = Required<Pick<RandomErasingOptions, "area" | "aspect">>

/** A box that leaves some of each row and column, if one is found. */
function drawBox(
  { width, height }: Size,
  { area: [least, most], aspect }: Shape,
  count: number,
  source: Random,
): Rect[] {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const area = ((least + (most - least) * source.uniform()) * width * height) / count
    const ratio = Math.exp(Math.log(aspect) * (1 - 2 * source.uniform()))
    const h = roundToEven(Math.sqrt(area * ratio))
    const w = roundToEven(Math.sqrt(area / ratio))
    if (w >= width || h >= height) continue
    const y = source.integer(height - h + 1)
    return [{ x: source.integer(width - w + 1), y, width: w, height: h }]
  }
  return []
}

/** Drawn once: picking from them at random is many times faster than drawing each. */
let normals: Float32Array | undefined

function knownNormals(): Float32Array {
  const source = random("normals")
  normals ??= Float32Array.from({ length: 65536 }, () => source.normal())
  return normals
}

/** What fills the rows of a box, RGB. */
const fillers = {
  pixel(source: Random) {
    const known = knownNormals()
    return (row: Float32Array) => {
      // Two picks of 16 bits from each draw of 32.
      for (let i = 0; i < row.length; i += 2) {
        const word = source.integer(2 ** 32)
        row[i] = known[word & 65535]
        if (i + 1 < row.length) row[i + 1] = known[word >>> 16]
      }
    }
  },
  rand(source: Random) {
    const colour = [source.normal(), source.normal(), source.normal()]
    return (row: Float32Array) => {
      for (let i = 0; i < row.length; i++) row[i] = colour[i % 3]
    }
  },
  const: () => (row: Float32Array) => row.fill(0),
}

function erase(
  data: Float32Array,
  { width, height }: Size,
  box: Rect,
  fill: (row: Float32Array) => void,
): void {
  for (let frame = 0; frame < data.length; frame += 3 * width * height) {
    for (let y = box.y; y < box.y + box.height; y++) {
      const start = frame + 3 * (y * width + box.x)
      fill(data.subarray(start, start + 3 * box.width))
    }
  }
}
