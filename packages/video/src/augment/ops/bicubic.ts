import { clamp, type Sampler } from "./sampler.js"
import type { SourceRow } from "./source-row.js"

/**
 * Pillow's bicubic interpolation (a = -1): the result is clamped and truncated. A cubic at 0 is its
 * second value, so a shift or shear along an axis needs four pixels, not sixteen.
 */
export const bicubic: Sampler = (source, frame, row, target, out) => {
  if (row.level) alongRows(source, frame, row, target, out)
  else if (row.upright) acrossRows(source, frame, row, target, out)
  else both(source, frame, row, target, out)
}

function alongRows(
  source: Uint8Array,
  frame: number,
  { size: { width }, from, to, left, top, dx }: SourceRow,
  target: Uint8Array,
  out: number,
): void {
  const last = width - 1
  for (let x = from, at = out + 3 * from; x < to; x++, at += 3) {
    const start = frame + 3 * width * top[x]
    const d = dx[x]
    const l = left[x]
    const isInside = l >= 1 && l + 2 <= last
    const a0 = start + 3 * (isInside ? l - 1 : clamp(l - 1, last))
    const a1 = start + 3 * (isInside ? l : clamp(l, last))
    const a2 = start + 3 * (isInside ? l + 1 : clamp(l + 1, last))
    const a3 = start + 3 * (isInside ? l + 2 : clamp(l + 2, last))
    target[at] = byte(cubic(source[a0], source[a1], source[a2], source[a3], d))
    target[at + 1] = byte(cubic(source[a0 + 1], source[a1 + 1], source[a2 + 1], source[a3 + 1], d))
    target[at + 2] = byte(cubic(source[a0 + 2], source[a1 + 2], source[a2 + 2], source[a3 + 2], d))
  }
}

function acrossRows(
  source: Uint8Array,
  frame: number,
  { size: { width, height }, from, to, left, top, dy }: SourceRow,
  target: Uint8Array,
  out: number,
): void {
  const row = 3 * width
  const last = height - 1
  for (let x = from, at = out + 3 * from; x < to; x++, at += 3) {
    const start = frame + 3 * left[x]
    const t = top[x]
    const d = dy[x]
    const a0 = start + row * clamp(t - 1, last)
    const a1 = start + row * clamp(t, last)
    const a2 = start + row * clamp(t + 1, last)
    const a3 = start + row * clamp(t + 2, last)
    target[at] = byte(cubic(source[a0], source[a1], source[a2], source[a3], d))
    target[at + 1] = byte(cubic(source[a0 + 1], source[a1 + 1], source[a2 + 1], source[a3 + 1], d))
    target[at + 2] = byte(cubic(source[a0 + 2], source[a1 + 2], source[a2 + 2], source[a3 + 2], d))
  }
}

function both(
  source: Uint8Array,
  frame: number,
  { size: { width, height }, from, to, left, top, dx, dy }: SourceRow,
  target: Uint8Array,
  out: number,
): void {
  const row = 3 * width
  for (let x = from, at = out + 3 * from; x < to; x++, at += 3) {
    const l = left[x]
    const t = top[x]
    const d = dx[x]
    const e = dy[x]
    const x0 = 3 * clamp(l - 1, width - 1)
    const x1 = 3 * clamp(l, width - 1)
    const x2 = 3 * clamp(l + 1, width - 1)
    const x3 = 3 * clamp(l + 2, width - 1)
    let r0 = frame + row * clamp(t - 1, height - 1)
    let r1 = frame + row * clamp(t, height - 1)
    let r2 = frame + row * clamp(t + 1, height - 1)
    let r3 = frame + row * clamp(t + 2, height - 1)
    for (let c = 0; c < 3; c++, r0++, r1++, r2++, r3++) {
      const v0 = cubic(source[r0 + x0], source[r0 + x1], source[r0 + x2], source[r0 + x3], d)
      const v1 = cubic(source[r1 + x0], source[r1 + x1], source[r1 + x2], source[r1 + x3], d)
      const v2 = cubic(source[r2 + x0], source[r2 + x1], source[r2 + x2], source[r2 + x3], d)
      const v3 = cubic(source[r3 + x0], source[r3 + x1], source[r3 + x2], source[r3 + x3], d)
      target[at + c] = byte(cubic(v0, v1, v2, v3, e))
    }
  }
}

/** The terms are grouped as Pillow's, which decides the last bits. */
const cubic = (v0: number, v1: number, v2: number, v3: number, d: number) =>
  v1 + d * (v2 - v0 + d * (2 * (v0 - v1) + v2 - v3 + d * (v1 - v0 - v2 + v3)))

const byte = (value: number) => Math.min(Math.max(value | 0, 0), 255)
