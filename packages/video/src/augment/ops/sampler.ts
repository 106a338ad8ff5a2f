import type { SourceRow } from "./source-row.js"

export type Interpolation = "bilinear" | "bicubic"

/** Computes one row at `out` of `target` from the RGB frame at `frame` of `source`. */
export type Sampler = (
  source: Uint8Array,
  frame: number,
  row: SourceRow,
  target: Uint8Array,
  out: number,
) => void

export const clamp = (value: number, most: number): number => Math.min(Math.max(value, 0), most)
