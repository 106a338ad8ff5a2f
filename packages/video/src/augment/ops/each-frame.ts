import type { Size } from "../../geometry.js"

/** Calls `use` with each of the RGB frames [count, height, width, 3]. */
export function eachFrame(
  data: Uint8Array,
  { width, height }: Size,
  use: (frame: Uint8Array, start: number) => void,
): void {
  const bytes = 3 * width * height
  for (let start = 0; start < data.length; start += bytes) {
    use(data.subarray(start, start + bytes), start)
  }
}
