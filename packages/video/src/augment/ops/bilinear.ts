import { clamp, type Sampler } from "./sampler.js"

/** Pillow's bilinear interpolation: the result is truncated. */
export const bilinear: Sampler = (source, frame, { size, from, to, ...row }, target, out) => {
  const { width, height } = size
  for (let x = from; x < to; x++) {
    const left = row.left[x]
    const top = row.top[x]
    const dx = row.dx[x]
    const dy = row.dy[x]
    const x0 = 3 * clamp(left, width - 1)
    const x1 = 3 * clamp(left + 1, width - 1)
    const y0 = frame + 3 * width * clamp(top, height - 1)
    const y1 = frame + 3 * width * clamp(top + 1, height - 1)
    for (let c = 0; c < 3; c++) {
      const above = line(source[y0 + x0 + c], source[y0 + x1 + c], dx)
      const below = line(source[y1 + x0 + c], source[y1 + x1 + c], dx)
      target[out + 3 * x + c] = line(above, below, dy)
    }
  }
}

const line = (a: number, b: number, d: number) => a + (b - a) * d
