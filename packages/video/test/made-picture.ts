/**
 * An RGB picture from a 32-bit linear congruential generator; other programs computed golden values
 * from the same one. `noise`, coloured slopes (`smooth`), levels 90 to 121 (`narrow`), or one level
 * (`flat`).
 */
export function madePicture(width: number, height: number, seed: number, kind: string): Uint8Array {
  const levels = new Uint8Array(3 * width * height)
  let state = seed
  return levels.map((_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const noise = state >>> 24
    const pixel = Math.floor(i / 3)
    if (kind === "smooth") {
      return (pixel % width) * 3 + Math.floor(pixel / width) * 5 + (i % 3) * 40 + (noise >> 5)
    }
    if (kind === "narrow") return 90 + (noise >> 3)
    return kind === "flat" ? 77 : noise
  })
}
