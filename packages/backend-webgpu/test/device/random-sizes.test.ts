import { input } from "@tubelet/core"
import { candidateTiles, tileName } from "@tubelet/core/codegen"
import { type Random, random } from "@tubelet/core/random"
import type { Strided } from "@tubelet/core/schedule"
import { expect, test } from "vitest"
import { effort } from "../../../../scripts/effort.mjs"
import type { Sizes } from "../support/attend.js"
import { deviationsOf, type Layout, least } from "../support/attention.js"
import { openDevice } from "../support/gpu.js"
import { errorOf, kernelOf } from "../support/products.js"

const pick = <T>({ integer }: Random, list: readonly T[]): T => list[integer(list.length)]!

/** Strides for axes in any order, usually row-major, sometimes with gaps. */
function looseStrides({ integer, shuffle }: Random, extents: readonly number[]): number[] {
  const axes = extents.map((_, i) => i)
  if (integer(2) === 0) shuffle(axes)
  const strides = extents.map(() => 0)
  let stride = integer(6) === 0 ? 2 : 1
  for (const axis of axes.reverse()) {
    strides[axis] = stride
    stride *= extents[axis] + (integer(3) === 0 ? integer(5) : 0)
    // Half of them allow vec4 reads.
    if (integer(2) === 0) stride = 4 * Math.ceil(stride / 4)
  }
  return strides
}

const someOffset = ({ integer }: Random): number => (integer(2) === 0 ? 4 * integer(3) : integer(8))

const tileFacts = {
  software: false,
  threads: 256,
  sharedBytes: 16384,
}

test("products of any size and layout", async () => {
  for (let n = 0; n < effort(25, 300); n++) {
    const draws = random("products", n)
    const side = () => 1 + draws.integer(draws.integer(4) === 0 ? 6 : 130)
    const [batch, m, n_, k] = [1 + draws.integer(3), side(), side(), side()]
    const sizes = {
      batch,
      m,
      n: n_,
      k,
      a: looseStrides(draws, [batch, m, k]),
      b: looseStrides(draws, [batch, k, n_]),
      offset: someOffset(draws),
    }
    const tile = pick(draws, candidateTiles(sizes, tileFacts))
    const error = await errorOf(kernelOf(sizes), tile)
    const what = `${n}: ${tileName(tile)} ${JSON.stringify(sizes)}`
    expect(error, what).toBeLessThanOrEqual(2e-7 * (k + 4))
  }
})

/** A tensor with these axes within a larger one. */
function loose(draws: Random, extents: readonly number[]): Strided {
  const strides = looseStrides(draws, extents)
  const offset = someOffset(draws)
  const last = extents.reduce((sum, d, i) => sum + (d - 1) * strides[i], offset)
  return { tensor: input("x", { dtype: "f32", shape: [last + 1] }), offset, strides }
}

/** q, k, v and g, each in another layout. */
const looseLayout =
  (draws: Random): Layout =>
  ({ batch, heads, queries, keys, size }) => {
    const operand = (tokens: number) => loose(draws, [batch, heads, tokens, size])
    return { q: operand(queries), k: operand(keys), v: operand(keys), g: operand(queries) }
  }

test("attention of any size and layout", async () => {
  const device = await openDevice()
  for (let n = 0; n < effort(6, 150); n++) {
    const draws = random("attention", n)
    const { integer } = draws
    // With one key, the cotangents of q and k are zero, and results are rounding errors.
    const [queries, keys] = [1 + integer(130), 2 + integer(129)]
    const size = integer(2) === 0 ? 32 + 4 * integer(15) : 32 + integer(57)
    const sizes: Sizes = { batch: 1 + integer(2), heads: 1 + integer(2), queries, keys, size }
    const limits = pick(draws, [least, device.limits])
    const found = await deviationsOf({
      sizes,
      layout: looseLayout(draws),
      lies: ({ shape }) => loose(draws, shape),
      limits,
    })
    for (const [name, { error, largest }] of Object.entries(found)) {
      const what = `${n}: ${name} of ${JSON.stringify(sizes)}`
      expect(error, what).toBeLessThanOrEqual(1e-5 * Math.max(0.1, largest))
    }
  }
})
