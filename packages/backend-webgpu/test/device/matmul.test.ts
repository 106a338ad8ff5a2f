import type { Tensor } from "@tubelet/core"
import { along, applied, load, type Matmul, result, type Strided } from "@tubelet/core/schedule"
import { describe, expect, test } from "vitest"
import { candidateTiles } from "../../src/tile-choice.js"
import { type Tile, tileName } from "../../src/tiles.js"
import { product } from "../../src/wgsl/product.js"
import { inOnePart, openDevice, run } from "../support/gpu.js"
import { tensor } from "../support/kernels.js"

const vector = (size: number): Tensor => tensor("f32", size)

/** Values in [-1, 1) that look random and are the same in each run. */
function values(size: number, seed: number): Float32Array {
  let state = seed
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

interface Case {
  readonly batch?: number
  readonly m: number
  readonly n: number
  readonly k: number
  /** Strides over [batch, m, k] and [batch, k, n]; row-major when not given. */
  readonly a?: readonly number[]
  readonly b?: readonly number[]
  readonly offset?: number
}

function kernelOf({ batch = 1, m, n, k, a, b, offset = 0 }: Case): Matmul {
  const strided = (extents: readonly number[], strides: readonly number[]): Strided => {
    const last = extents.reduce((sum, d, i) => sum + (d - 1) * strides[i]!, offset)
    return { tensor: vector(last + 1), offset, strides }
  }
  const product = vector(batch * m * n)
  return {
    kind: "matmul",
    batch,
    m,
    n,
    k,
    a: strided([batch, m, k], a ?? [m * k, k, 1]),
    b: strided([batch, k, n], b ?? [k * n, n, 1]),
    stores: [{ tensor: product, value: result(0, "f32") }],
  }
}

/** The largest error of the product, plus a bias along j. */
async function errorOf(kernel: Matmul, tile: Tile): Promise<number> {
  const { m, n, k } = kernel
  const bias = vector(n)
  const out = kernel.stores[0]!.tensor
  const value = applied("add", [result(0, "f32"), load(bias, along("j", n))], "f32")
  const access = (t: Tensor) => (t === out ? "read_write" : "read")
  const shader = product({ ...kernel, stores: [{ tensor: out, value }] }, tile, inOnePart(access))
  const operands = [kernel.a.tensor, kernel.b.tensor, bias]
  const data = new Map(operands.map((t, i) => [t, values(t.size, i)]))
  const got = (await run((await openDevice())!, shader, data)).get(out)!
  const read = ({ tensor, offset, strides }: Strided, ...at: number[]) =>
    data.get(tensor)![at.reduce((sum, x, i) => sum + x * strides[i]!, offset)]!
  let worst = 0
  for (let p = 0; p < got.length; p++) {
    const [b, i, j] = [Math.floor(p / (m * n)), Math.floor(p / n) % m, p % n]
    let sum = data.get(bias)![j]!
    for (let l = 0; l < k; l++) sum += read(kernel.a, b, i, l) * read(kernel.b, b, l, j)
    const error = Math.abs(got[p]! - sum)
    worst = error <= worst ? worst : Number.isNaN(error) ? Number.POSITIVE_INFINITY : error
  }
  return worst
}

/** What every layout is tried on: quick to compile, and with the structure of the large ones. */
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
  limits: { maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupStorageSize: 16384 },
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
