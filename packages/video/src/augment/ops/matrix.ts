import type { Rect, Size } from "../../geometry.js"
import { grown } from "./area.js"

/** From a pixel (x, y) of the result to the source: (a x + b y + c, d x + e y + f). */
export type Affine = readonly [number, number, number, number, number, number]

/** Rotates frames counter-clockwise around their centre. */
export function rotation({ width, height }: Size, degrees: number): Affine {
  // Python's remainder is never negative, and Pillow rounds to 15 decimals.
  const angle = -(((degrees % 360) + 360) % 360) * (Math.PI / 180)
  const rounded = (value: number) => Number(value.toFixed(15))
  const [cos, sin, negative] = [Math.cos(angle), Math.sin(angle), -Math.sin(angle)].map(rounded)
  const [x, y] = [width / 2, height / 2]
  return [cos, sin, cos * -x + sin * -y + x, negative, cos, negative * -x + cos * -y + y]
}

/** The part of the source that bicubic interpolation reads for a part of the result. */
export function sourcePart([a, b, c, d, e, f]: Affine, part: Rect, frame: Size): Rect {
  const corners = [part.x, part.x + part.width].flatMap((x) =>
    [part.y, part.y + part.height].map((y) => [a * x + b * y + c, d * x + e * y + f] as const),
  )
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)]
  const [x, y] = [Math.floor(Math.min(...xs)), Math.floor(Math.min(...ys))]
  const width = Math.ceil(Math.max(...xs)) - x
  const height = Math.ceil(Math.max(...ys)) - y
  return grown({ x, y, width, height }, 2, frame)
}
