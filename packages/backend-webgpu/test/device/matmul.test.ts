import { candidateTiles, type Tile, tileName } from "@tubelet/core/codegen"
import { describe, expect, test } from "vitest"
import { type Case, errorOf, kernelOf } from "../support/products.js"

/** Small tiles for every layout: quick to compile, with the structure of the large ones. */
const small: Tile[] = [
  { kind: "shared", m: 16, n: 16, k: 8, rows: 4, columns: 4 },
  { kind: "shared", m: 16, n: 32, k: 16, rows: 8, columns: 4 },
  { kind: "direct", rows: 4, columns: 8, y: 2, x: 2, parts: 1 },
  { kind: "direct", rows: 1, columns: 4, y: 2, x: 2, parts: 4 },
]

const cases: Record<string, Case> = {
  "a row of scalars": { m: 1, n: 1, k: 1 },
  "odd sizes": { m: 37, n: 17, k: 13 },
  "one row": { m: 1, n: 20, k: 36 },
  "one column": { m: 20, n: 1, k: 36 },
  "whole vec4s": { m: 68, n: 36, k: 20 },
  NT: { m: 36, n: 68, k: 40, b: [0, 1, 40] },
  TN: { m: 36, n: 68, k: 40, a: [0, 1, 36] },
  TT: { m: 36, n: 68, k: 40, a: [0, 1, 36], b: [0, 1, 40] },
  "odd NT": { m: 33, n: 35, k: 41, b: [0, 1, 41] },
  "odd TN": { m: 33, n: 35, k: 41, a: [0, 1, 33] },
  "odd k along vec4s": { m: 36, n: 36, k: 13, a: [0, 1, 36] },
  batches: { batch: 3, m: 12, n: 20, k: 24 },
  heads: { batch: 2, m: 12, n: 12, k: 8, a: [8, 48, 1], b: [8, 1, 48], offset: 16 },
  "rows that begin between vec4s": { m: 8, n: 8, k: 8, a: [0, 9, 1], b: [0, 11, 1] },
  "an offset of 3": { m: 8, n: 8, k: 8, offset: 3 },
  "no unit stride": { m: 9, n: 10, k: 11, a: [0, 33, 3], b: [0, 20, 2] },
  "shared by all batches": { batch: 2, m: 8, n: 8, k: 8, b: [0, 8, 1] },
}

describe.each(Object.entries(cases))("%s", (_, sizes) => {
  test.each(small.map((tile) => [tileName(tile), tile] as const))("%s", async (_, tile) => {
    expect(await errorOf(kernelOf(sizes), tile)).toBeLessThanOrEqual(2e-7 * (sizes.k + 4))
  })
})

const facts = {
  software: false,
  threads: 256,
  sharedBytes: 16384,
}
const shapes: Record<string, Case> = {
  tiled: { batch: 2, m: 75, n: 68, k: 44, a: [3300, 1, 75], b: [2992, 68, 1] },
  "a row": { m: 1, n: 68, k: 600, b: [0, 1, 600] },
  "few columns": { m: 37, n: 3, k: 70 },
}
const candidates = Object.entries(shapes).flatMap(([name, sizes]) => {
  return candidateTiles(kernelOf(sizes), facts).map(
    (tile) => [name, tileName(tile), sizes, tile] as const,
  )
})

test.each(candidates)("candidate for %s: %s", async (_, __, sizes, tile) => {
  expect(await errorOf(kernelOf(sizes), tile)).toBeLessThanOrEqual(2e-7 * (sizes.k + 4))
})
