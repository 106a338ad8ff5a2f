import { random } from "@tubelet/core/random"
import { describe, expect, it } from "vitest"
import { type ResizeMethod, resize, type Size } from "../src/index.js"
import { antialiasedTaps, type Filter, weightBits } from "../src/resize/taps.js"

/** Pillow's two passes, written directly: every sum one by one. */
function plainly(frame: Uint8Array, from: Size, to: Size, filter: Filter): Uint8Array {
  const across = along(frame, from, to.width, filter, 3, 3 * from.width)
  const down = { width: from.height, height: to.width }
  return along(across, down, to.height, filter, 3 * to.width, 3)
}

/** One pass: `step` bytes from input to input, `lineStep` from line to line. */
function along(
  source: Uint8Array,
  { width: inputs, height: lines }: Size,
  outputs: number,
  filter: Filter,
  step: number,
  lineStep: number,
): Uint8Array {
  const { starts, counts, weights, reach } = antialiasedTaps(inputs, outputs, filter)
  const target = new Uint8Array(3 * lines * outputs)
  const targetLine = step === 3 ? 3 * outputs : 3
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < outputs; i++) {
      for (let c = 0; c < 3; c++) {
        let sum = 2 ** (weightBits - 1)
        for (let k = 0; k < counts[i]; k++) {
          sum += source[line * lineStep + (starts[i] + k) * step + c] * weights[i * reach + k]
        }
        const byte = Math.floor(sum / 2 ** weightBits)
        target[line * targetLine + i * step + c] = Math.min(Math.max(byte, 0), 255)
      }
    }
  }
  return target
}

/** Random pixels, half of them at the ends of the range. */
function noise({ width, height }: Size, count: number, seed: number): Uint8Array {
  const source = random("noise", seed)
  return Uint8Array.from({ length: count * width * height * 3 }, () =>
    Math.min(Math.max(source.integer(512) - 128, 0), 255),
  )
}

const sizes: [number, number, number, number][] = [
  [1, 1, 1, 2],
  [1, 1, 7, 5],
  [2, 3, 1, 1],
  [5, 4, 16, 17],
  [33, 9, 32, 10],
  [17, 31, 17, 8],
  [40, 30, 5, 30],
  [200, 3, 7, 1],
  [3, 250, 3, 2],
  [61, 47, 46, 46],
]

describe.each(["bilinear", "bicubic"] as const)("%s", (filter) => {
  it.each(sizes)("equals its definition from %i x %i to %i x %i", (w, h, newW, newH) => {
    const [from, to] = [
      { width: w, height: h },
      { width: newW, height: newH },
    ]
    const frame = noise(from, 1, w + h)
    expect(resize(frame, from, to, filter)).toEqual(plainly(frame, from, to, filter))
  })
})

it.each(["bilinear", "bicubic", "point-bilinear"] as ResizeMethod[])(
  "resizes each frame of a clip independently: %s",
  (method) => {
    const [from, to] = [
      { width: 37, height: 29 },
      { width: 24, height: 31 },
    ]
    const clip = noise(from, 3, 5)
    const bytes = 3 * from.width * from.height
    const alone = [0, 1, 2].map((i) =>
      resize(clip.subarray(i * bytes, (i + 1) * bytes), from, to, method),
    )
    expect(resize(clip, from, to, method)).toEqual(Uint8Array.from(alone.flatMap((a) => [...a])))
    expect(resize(clip, from, from, method)).toEqual(clip)
  },
)
