import type { Grid } from "./patches.js"

/** Keys' cubic kernel with a = -0.75, as in PyTorch's bicubic interpolation. */
function cubic(x: number): number {
  const a = -0.75
  const d = Math.abs(x)
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
}

/** For each output position, the four source positions (clamped) and their weights. */
function cubicTaps(from: number, to: number): [number, number][][] {
  return Array.from({ length: to }, (_, i) => {
    const centre = ((i + 0.5) * from) / to - 0.5
    const low = Math.floor(centre)
    return [-1, 0, 1, 2].map((d): [number, number] => [
      Math.min(from - 1, Math.max(0, low + d)),
      cubic(centre - low - d),
    ])
  })
}

/** Two taps per output with half-pixel centres, as in PyTorch's linear interpolation. */
function linearTaps(from: number, to: number): [number, number][][] {
  return Array.from({ length: to }, (_, i) => {
    const centre = Math.max(0, ((i + 0.5) * from) / to - 0.5)
    const low = Math.min(from - 1, Math.floor(centre))
    const high = Math.min(from - 1, low + 1)
    return [
      [low, 1 - (centre - low)],
      [high, centre - low],
    ]
  })
}

/** Applies taps along the middle axis of a table [outer, from, inner]. */
function resample(
  table: ArrayLike<number>,
  outer: number,
  from: number,
  inner: number,
  taps: [number, number][][],
): Float64Array {
  const out = new Float64Array(outer * taps.length * inner)
  for (let o = 0; o < outer; o++) {
    for (const [i, row] of taps.entries()) {
      for (const [source, weight] of row) {
        for (let k = 0; k < inner; k++) {
          out[(o * taps.length + i) * inner + k] += weight * table[(o * from + source) * inner + k]
        }
      }
    }
  }
  return out
}

/**
 * Resizes a position table [N, D] to another grid: bicubic in space and linear in time, as the
 * authors do when image size or frame count changes. The first `classRows` rows are kept.
 */
export function resizePositions(
  table: Float32Array,
  from: Grid,
  to: Grid,
  { classRows = 0 }: { classRows?: number } = {},
): Float32Array {
  const dim = table.length / (classRows + from.frames * from.height * from.width)
  const head = table.subarray(0, classRows * dim)
  const { frames, height, width } = from
  let body: ArrayLike<number> = table.subarray(classRows * dim)
  if (height !== to.height || width !== to.width) {
    body = resample(body, frames * height, width, dim, cubicTaps(width, to.width))
    body = resample(body, frames, height, to.width * dim, cubicTaps(height, to.height))
  }
  if (frames !== to.frames) {
    body = resample(body, 1, frames, to.height * to.width * dim, linearTaps(frames, to.frames))
  }
  const out = new Float32Array(head.length + body.length)
  out.set(head)
  out.set(body, head.length)
  return out
}
