import { afterAll, describe, expect, test } from "vitest"
import { type Grid, resizePositions, sinCos2d, sinusoid } from "../src/index.js"
import { furthest, golden } from "./golden.js"

const image = golden("posembed/mae.safetensors")
const video = golden("posembed/videomae.safetensors")
const unread = new Set([...image.keys(), ...video.keys()])

function read(name: string): Float32Array {
  unread.delete(name)
  return (image.get(name) ?? video.get(name))!.data as Float32Array
}

const grid = (height: number, width = height, frames = 1): Grid => ({ frames, height, width })

/** The stored rows of large tables. */
const rowsOf = (table: Float32Array, dim: number, rows: readonly number[]): Float32Array =>
  Float32Array.from(rows.flatMap((row) => [...table.subarray(row * dim, (row + 1) * dim)]))

const total = (table: Float32Array): number => table.reduce((sum, x) => sum + x, 0)

describe("VideoMAE's table", () => {
  test.each([
    [37, 10],
    [128, 48],
  ])("of %d positions and %d channels matches the authors', to the bit", (tokens, dim) => {
    expect(sinusoid(tokens, dim)).toEqual(read(`videomae_${tokens}_dim${dim}`))
  })

  const rows = [0, 1, 2, 195, 196, 197, 783, 784, 1000, 1567]
  test.each([48, 384, 768])("of 1568 positions and %d channels, to the bit", (dim) => {
    const ours = rowsOf(sinusoid(1568, dim), dim, rows)
    expect(ours).toEqual(read(`videomae_1568_dim${dim}_rows`))
  })

  test("has the authors' sum", () => {
    expect(total(sinusoid(1568, 768))).toBeCloseTo(245744.98957, 4)
    expect(total(sinusoid(1568, 384))).toBeCloseTo(122425.85787, 4)
  })
})

describe("MAE's table", () => {
  test("matches the authors', with and without a row for the class token, to the bit", () => {
    expect(sinCos2d(grid(4), 48)).toEqual(read("mae_2d_4x4_dim48_nocls"))
    const withClass = { classToken: true }
    expect(sinCos2d(grid(7), 20, withClass)).toEqual(read("mae_2d_7x7_dim20_cls"))
    expect(sinCos2d(grid(14), 48, withClass)).toEqual(read("mae_2d_14x14_dim48_cls"))
    const rows = rowsOf(sinCos2d(grid(14), 768, withClass), 768, [0, 1, 2, 14, 15, 16, 100, 196])
    expect(rows).toEqual(read("mae_2d_14x14_dim768_cls_rows"))
  })

  test("has the authors' sum", () => {
    expect(total(sinCos2d(grid(14), 768))).toBeCloseTo(69594.493859, 4)
    expect(total(sinCos2d(grid(14), 512))).toBeCloseTo(46340.333103, 4)
  })

  test("of a grid that is not square keeps columns before rows", () => {
    const [dim, height, width] = [8, 2, 3]
    const table = sinCos2d(grid(height, width), dim)
    const at = (row: number, column: number) =>
      table.subarray((row * width + column) * dim, (row * width + column + 1) * dim)
    expect(at(1, 2)[0]).toBeCloseTo(Math.sin(2), 6)
    expect(at(1, 2)[dim / 2]).toBeCloseTo(Math.sin(1), 6)
  })
})

describe("a table resized in space", () => {
  test.each([
    ["interp_14_to_8", grid(14), grid(8), 1],
    ["interp_4_to_7", grid(4), grid(7), 1],
    ["interp_7_to_14", grid(7), grid(14), 1],
    ["interp_t2_7_to_5", grid(7, 7, 2), grid(5, 5, 2), 0],
    ["interp_t4_4_to_6", grid(4, 4, 4), grid(6, 6, 4), 0],
  ] as const)("%s matches the authors'", (name, from, to, classRows) => {
    const ours = resizePositions(read(`${name}.src`), from, to, { classRows })
    // They interpolate in f32, we in f64.
    expect(furthest(ours, read(`${name}.dst`))).toBeLessThan(2e-6)
  })

  test("to the same size is unchanged", () => {
    const table = sinusoid(2 * 3 * 4, 6)
    expect(resizePositions(table, grid(3, 4, 2), grid(3, 4, 2))).toEqual(table)
  })
})

test("in time is linear between frame centres, and constant outside them", () => {
  const table = Float32Array.of(0, 10, 4, 20) // two frames, one place, two channels
  const ours = resizePositions(table, grid(1, 1, 2), grid(1, 1, 4))
  expect([...ours]).toEqual([0, 10, 1, 12.5, 3, 17.5, 4, 20])
})

afterAll(() => expect([...unread]).toEqual([]))
