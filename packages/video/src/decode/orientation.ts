import type { Rect } from "../geometry.js"

/**
 * Maps stored to displayed pixels: x' = a x + c y, y' = b x + d y, with a, b, c, d in {-1, 0, 1}.
 * This is the 2x2 part of a display matrix, which covers mirrored videos too.
 */
export interface Orientation {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
}

export const upright: Orientation = { a: 1, b: 0, c: 0, d: 1 }

/** Reads a display matrix: nine 32-bit integers, for row vectors. Other angles count as 0. */
export function readDisplayMatrix(matrix: Buffer | null): Orientation {
  if (!matrix || matrix.length < 36) return upright
  const [a, b, c, d] = [0, 1, 3, 4].map((i) => matrix.readInt32LE(4 * i))
  return displayOrientation(a, b, c, d)
}

/** The orientation of a display matrix's 2x2 part, of any scale. */
export function displayOrientation(a: number, b: number, c: number, d: number): Orientation {
  const turned = Math.abs(b) > Math.abs(a)
  const orientation = turned
    ? { a: 0, b: Math.sign(b), c: Math.sign(c), d: 0 }
    : { a: Math.sign(a), b: 0, c: 0, d: Math.sign(d) }
  const { a: p, b: q, c: r, d: s } = orientation
  return p * s - q * r === 0 ? upright : orientation
}

export const isTurned = ({ b }: Orientation) => b !== 0

/** Degrees clockwise. */
export const rotationOf = ({ a, b }: Orientation) =>
  (Math.round((Math.atan2(b, a) * 180) / Math.PI) + 360) % 360

/**
 * Copies `crop` (in displayed pixels) from a stored RGB picture to `target`, [height, width, 3].
 * `stride` is the stored picture's row length in bytes.
 */
export function copyOriented(
  stored: Uint8Array,
  storedSize: { width: number; height: number; stride: number },
  orientation: Orientation,
  crop: Rect,
  target: Uint8Array,
): void {
  const { stride } = storedSize
  if (isUpright(orientation)) {
    copyRows(stored, stride, crop, target)
    return
  }
  const { a, b, c, d } = orientation
  // The inverse is the transpose. A negative step starts at the far edge of its stored axis.
  const stepX = 3 * a + stride * c
  const stepY = 3 * b + stride * d
  const farX = a < 0 || b < 0 ? storedSize.width - 1 : 0
  const farY = c < 0 || d < 0 ? storedSize.height - 1 : 0
  const origin = 3 * farX + stride * farY + crop.x * stepX + crop.y * stepY
  let out = 0
  for (let y = 0; y < crop.height; y++) {
    let from = origin + y * stepY
    for (let x = 0; x < crop.width; x++, from += stepX, out += 3) {
      target[out] = stored[from]
      target[out + 1] = stored[from + 1]
      target[out + 2] = stored[from + 2]
    }
  }
}

const isUpright = ({ a, d }: Orientation) => a === 1 && d === 1

function copyRows(stored: Uint8Array, stride: number, crop: Rect, target: Uint8Array): void {
  const row = 3 * crop.width
  for (let y = 0; y < crop.height; y++) {
    const start = (crop.y + y) * stride + 3 * crop.x
    target.set(stored.subarray(start, start + row), y * row)
  }
}
