import { expect, test } from "vitest"
import { effectiveRank } from "../src/index.js"

const rows = (...values: number[][]) => values.map((row) => Float32Array.from(row))

test("is 1 for one direction, and the number of equal ones", () => {
  expect(effectiveRank(rows([1, 2], [2, 4], [-3, -6]))).toBeCloseTo(1, 6)
  expect(effectiveRank(rows([2, 0, 0], [0, 2, 0], [0, 0, -2]))).toBeCloseTo(3, 10)
  expect(effectiveRank([])).toBe(0)
  expect(effectiveRank(rows([0, 0]))).toBe(0)
  expect(effectiveRank(rows([Number.NaN, 1]))).toBeNaN()
})

test("weighs directions by their singular values", () => {
  // 3 and 1, so 0.75 and 0.25; turned by 45 degrees, and with an empty row.
  const [p, q] = [0.75, 0.25]
  const rank = Math.exp(-p * Math.log(p) - q * Math.log(q))
  const s = Math.SQRT1_2
  expect(effectiveRank(rows([3 * s, 3 * s], [s, -s], [0, 0]))).toBeCloseTo(rank, 6)
})

test("equals NumPy's, whichever side is longer", () => {
  const columns = [0, 1, 2, 3, 4]
  const values = Array.from({ length: 12 }, (_, i) =>
    columns.map((j) => ((7 * i + 3 * j * j) % 11) - 4),
  )
  const tall = rows(...values)
  const wide = Array.from({ length: 5 }, (_, j) => Float32Array.from(tall, (row) => row[j]))
  expect(effectiveRank(wide)).toBeCloseTo(effectiveRank(tall), 9)
  // numpy.linalg.svd of the same matrix.
  expect(effectiveRank(tall)).toBeCloseTo(4.652167355564232, 9)
})
