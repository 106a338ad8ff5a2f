import type { Size } from "../../geometry.js"

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
