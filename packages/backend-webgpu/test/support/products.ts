import type { Tensor } from "@tubelet/core"
import type { Tile } from "@tubelet/core/codegen"
import { along, applied, load, type Matmul, result, type Strided } from "@tubelet/core/schedule"
import { product } from "../../src/wgsl/product.js"
import { inOnePart, openDevice, run } from "./gpu.js"
import { tensor } from "./kernels.js"

const vector = (size: number): Tensor => tensor("f32", size)

/** Pseudo-random values in [-1, 1), the same in each run. */
function values(size: number, seed: number): Float32Array {
  let state = seed
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

/** A product of random matrices. */
export interface Case {
  readonly batch?: number
  readonly m: number
  readonly n: number
  readonly k: number
  /** Strides over [batch, m, k] and [batch, k, n]; row-major by default. */
  readonly a?: readonly number[]
  readonly b?: readonly number[]
  readonly offset?: number
}

export function kernelOf({ batch = 1, m, n, k, a, b, offset = 0 }: Case): Matmul {
  const strided = (extents: readonly number[], strides: readonly number[]): Strided => {
    const last = extents.reduce((sum, d, i) => sum + (d - 1) * strides[i], offset)
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

/** The largest error of the product plus a bias along j. */
export async function errorOf(kernel: Matmul, tile: Tile): Promise<number> {
  const { m, n, k } = kernel
  const bias = vector(n)
  const out = kernel.stores[0].tensor
  const value = applied("add", [result(0, "f32"), load(bias, along("j", n))], "f32")
  const access = (t: Tensor) => (t === out ? "read_write" : "read")
  const shader = product({ ...kernel, stores: [{ tensor: out, value }] }, tile, inOnePart(access))
  const operands = [kernel.a.tensor, kernel.b.tensor, bias]
  const data = new Map(operands.map((t, i) => [t, values(t.size, i)]))
  const got = (await run(await openDevice(), shader, data)).get(out)!
  const read = ({ tensor, offset, strides }: Strided, ...at: number[]) =>
    data.get(tensor)![at.reduce((sum, x, i) => sum + x * strides[i], offset)]
  let worst = 0
  for (let p = 0; p < got.length; p++) {
    const [b, i, j] = [Math.floor(p / (m * n)), Math.floor(p / n) % m, p % n]
    let sum = data.get(bias)![j]
    for (let l = 0; l < k; l++) sum += read(kernel.a, b, i, l) * read(kernel.b, b, l, j)
    const error = Math.abs(got[p] - sum)
    worst = error <= worst ? worst : Number.isNaN(error) ? Number.POSITIVE_INFINITY : error
  }
  return worst
}
