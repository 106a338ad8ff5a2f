import type { Grid } from "./patches.js"

/**
 * VideoMAE's table [N, D]: channel j of position p is sin (even j) or cos (odd j) of p / 10000^(2
 * floor(j / 2) / D). Positions are ordered by time, row, column. Computed in double precision.
 */
export function sinusoid(tokens: number, dim: number): Float32Array {
  const table = new Float32Array(tokens * dim)
  for (let p = 0; p < tokens; p++) {
    for (let j = 0; j < dim; j++) {
      const angle = p / 10000 ** ((2 * Math.floor(j / 2)) / dim)
      table[p * dim + j] = j % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
    }
  }
  return table
}

/**
 * MAE's table [N, D], or [1 + N, D] with a row of zeros first for a class token. The first half of
 * the channels encodes the column, the second the row, each as sines and then cosines.
 */
export function sinCos2d(
  { height, width }: Pick<Grid, "height" | "width">,
  dim: number,
  { classToken = false }: { classToken?: boolean } = {},
): Float32Array {
  const first = classToken ? 1 : 0
  const table = new Float32Array((first + height * width) * dim)
  const quarter = dim / 4
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const start = (first + row * width + column) * dim
      for (const [half, position] of [column, row].entries()) {
        for (let i = 0; i < quarter; i++) {
          const angle = position / 10000 ** (i / quarter)
          const at = start + half * 2 * quarter + i
          table[at] = Math.sin(angle)
          table[at + quarter] = Math.cos(angle)
        }
      }
    }
  }
  return table
}
