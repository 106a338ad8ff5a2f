/** The input pixels of each output pixel along one axis, with fixed-point weights. */
export interface Taps {
  /** First input pixel of each output pixel. */
  readonly starts: Int32Array
  /** Number of input pixels of each output pixel. */
  readonly counts: Int32Array
  /** Weights scaled by 2^22, `[outputs, reach]`. */
  readonly weights: Int32Array
  /** Row length of `weights`. */
  readonly reach: number
}

export type Filter = "bilinear" | "bicubic"

/** Fractional bits of a weight, as in Pillow: 32, less 8 for a pixel and 2 for overshoot. */
export const weightBits = 22

const kernels: Record<Filter, { support: number; at: (x: number) => number }> = {
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, at: (x) => cubic(Math.abs(x)) },
}

/** Keys' cubic with a = -1/2. */
function cubic(x: number): number {
  const a = -0.5
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a
  return 0
}

/** Taps of recent sizes: the clips of a data set need the same ones again and again. */
const remembered = new Map<string, Taps>()
const mostRemembered = 64

/** `antialiasedTaps`, cached for the sizes in use. */
export function tapsFor(input: number, output: number, filter: Filter): Taps {
  const key = `${input} ${output} ${filter}`
  const known = remembered.get(key)
  if (known) return known
  if (remembered.size === mostRemembered) remembered.delete(remembered.keys().next().value!)
  const taps = antialiasedTaps(input, output, filter)
  remembered.set(key, taps)
  return taps
}

/**
 * Pillow's antialiased taps from `input` to `output` pixels. When downscaling, the kernel is wider
 * by the ratio, so every input pixel counts.
 */
export function antialiasedTaps(input: number, output: number, filter: Filter): Taps {
  const { support, at } = kernels[filter]
  const scale = input / output
  const stretch = Math.max(scale, 1)
  const radius = support * stretch
  const reach = Math.ceil(radius) * 2 + 1
  const starts = new Int32Array(output)
  const counts = new Int32Array(output)
  const weights = new Int32Array(output * reach)
  for (let i = 0; i < output; i++) {
    const centre = (i + 0.5) * scale
    const start = Math.max(0, Math.trunc(centre - radius + 0.5))
    const end = Math.min(input, Math.trunc(centre + radius + 0.5))
    const row = Array.from({ length: end - start }, (_, k) =>
      at((start + k - centre + 0.5) * (1 / stretch)),
    )
    const sum = row.reduce((total, weight) => total + weight, 0)
    starts[i] = start
    counts[i] = end - start
    row.forEach((weight, k) => {
      weights[i * reach + k] = toFixedPoint(weight / sum)
    })
  }
  return { starts, counts, weights, reach }
}

const toFixedPoint = (weight: number) =>
  Math.trunc(weight * 2 ** weightBits + (weight < 0 ? -0.5 : 0.5))
