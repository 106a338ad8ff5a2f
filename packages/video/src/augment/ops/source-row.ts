import type { Size } from "../../geometry.js"
import type { Affine } from "./matrix.js"

/** Where the pixels of one row of the result come from; the same for all frames. */
export interface SourceRow {
  readonly size: Size
  /** The pixels `from` to `to` come from inside the frame. */
  from: number
  to: number
  /** The pixel to the left of and above each place; -1 before the first. */
  readonly left: Int32Array
  readonly top: Int32Array
  /** The way from there to the next pixel, in [0, 1). */
  readonly dx: Float64Array
  readonly dy: Float64Array
  /** Whether all `dx`, or all `dy`, are 0: the row is only moved along, or across, rows. */
  upright: boolean
  level: boolean
  /** Computes pixels `start` to `end` of row `y` of the result. */
  place(matrix: Affine, y: number, start: number, end: number): void
}

export function sourceRow(size: Size): SourceRow {
  const { width, height } = size
  const integers = () => new Int32Array(width)
  const floats = () => new Float64Array(width)
  return {
    ...{ size, from: 0, to: 0, upright: false, level: false },
    ...{ left: integers(), top: integers(), dx: floats(), dy: floats() },
    place([a, b, c, d, e, f], y, start, end) {
      this.from = this.to = start
      this.upright = this.level = true
      for (let x = start; x < end; x++) {
        // Pixel centres are at halves.
        const sx = a * (x + 0.5) + b * (y + 0.5) + c
        const sy = d * (x + 0.5) + e * (y + 0.5) + f
        if (sx < 0 || sx >= width || sy < 0 || sy >= height) continue
        // The places of a row are on a line, so those inside are next to each other.
        if (this.to === start) this.from = x
        this.to = x + 1
        const left = Math.floor(sx - 0.5)
        const top = Math.floor(sy - 0.5)
        const dx = sx - 0.5 - left
        const dy = sy - 0.5 - top
        this.left[x] = left
        this.top[x] = top
        this.dx[x] = dx
        this.dy[x] = dy
        if (dx !== 0) this.upright = false
        if (dy !== 0) this.level = false
      }
    },
  }
}
