import type { Loop, LoopOp } from "@tubelet/core/loops"
import { expect, test } from "vitest"
import { Arena } from "../../src/wasm/arena.js"
import { canLoop } from "../../src/wasm/kernel.js"
import { chunkLength, LoopRunner } from "../../src/wasm/runner.js"
import { adamW, adamWInPlainFloats, noise, single, sumOfSquares } from "./loops.js"

const lengths = [0, 1, 3, 4, 5, 15, 16, 17, 1000]
const f = Math.fround

const ops: [LoopOp, (...x: number[]) => number][] = [
  ["add", (x, y) => f(x + y)],
  ["sub", (x, y) => f(x - y)],
  ["mul", (x, y) => f(x * y)],
  ["div", (x, y) => f(x / y)],
  ["maximum", (x, y) => Math.max(x, y)],
  ["minimum", (x, y) => Math.min(x, y)],
  ["neg", (x) => -x],
  ["abs", (x) => Math.abs(x)],
  ["sqrt", (x) => f(Math.sqrt(x))],
  ["floor", (x) => Math.floor(x)],
  ["less", (x, y) => Number(x < y)],
  ["lessEqual", (x, y) => Number(x <= y)],
  ["equal", (x, y) => Number(x === y)],
  ["notEqual", (x, y) => Number(x !== y)],
  ["greater", (x, y) => Number(x > y)],
  ["greaterEqual", (x, y) => Number(x >= y)],
  ["select", (condition, x, y) => (condition !== 0 ? x : y)],
]

/** Runs a loop over host arrays and returns what it stored. */
function stored(loop: Loop, vectors: Float32Array[], scalars: number[] = []): Float32Array[] {
  const n = vectors[0].length
  const stores = loop.outputs.flatMap((o) => (o.kind === "store" ? [new Float32Array(n)] : []))
  new LoopRunner(new Arena()).run(loop, n, { vectors, scalars, stores })
  return stores
}

/** Values that distinguish ops: ties, signed zeros, infinities, NaN, both signs. */
const special = [0, -0, 1, -1, 2.5, -2.5, 1e-30, Number.NaN, Infinity, -Infinity]

const operand = (n: number, seed: number): Float32Array =>
  noise(n, seed).map((x, i) =>
    (i + seed) % 3 === 0 ? special[(i * 7 + seed) % special.length] : x,
  )

test.each(ops)("%s matches Math, for every length", (op, reference) => {
  expect(canLoop(op)).toBe(true)
  for (const n of lengths) {
    const vectors = Array.from({ length: reference.length }, (_, i) => operand(n, i + 1))
    const [result] = stored(single(op, reference.length), vectors)
    expect(result).toEqual(operand(n, 1).map((_, i) => reference(...vectors.map((v) => v[i]))))
  }
})

test("ops outside the table are rejected", () => {
  for (const op of ["exp", "matmul", "toString", "constructor"]) expect(canLoop(op)).toBe(false)
})

test("comparisons are masks for select and numbers for everything else", () => {
  const loop: Loop = {
    inputs: ["vector", "vector", "scalar"],
    body: [
      { op: "less", args: [0, 1] },
      { op: "select", args: [3, 0, 2] },
      { op: "add", args: [3, 3] },
      { op: "constant", args: [], value: -0.5 },
      { op: "select", args: [6, 4, 5] },
    ],
    outputs: [3, 4, 5, 7].map((value) => ({ kind: "store", value })),
  }
  const [x, y] = [Float32Array.of(1, 2, 3, 4, 5), Float32Array.of(9, 0, 9, 0, 9)]
  const [isLess, chosen, twice, always] = stored(loop, [x, y], [7])
  expect([...isLess]).toEqual([1, 0, 1, 0, 1])
  expect([...chosen]).toEqual([1, 7, 3, 7, 5])
  expect([...twice]).toEqual([2, 0, 2, 0, 2])
  expect(always).toEqual(chosen)
})

test("two vectors can be swapped in place: an element is read before it is written", () => {
  const swap: Loop = {
    inputs: ["vector", "vector"],
    body: [],
    outputs: [1, 0].map((value) => ({ kind: "store", value })),
  }
  const arena = new Arena()
  for (const n of lengths) {
    const [a, b] = [arena.allocate(4 * n), arena.allocate(4 * n)]
    a.f32().set(noise(n, 1))
    b.f32().set(noise(n, 2))
    new LoopRunner(arena).run(swap, n, { vectors: [a, b], scalars: [], stores: [a, b] })
    expect([a.f32(), b.f32()]).toEqual([noise(n, 2), noise(n, 1)])
  }
})

test("sums are accurate to double precision, also for a comparison and a tail", () => {
  const runner = new LoopRunner(new Arena())
  const sum = (loop: Loop, ...vectors: Float32Array[]) =>
    runner.run(loop, vectors[0].length, { vectors, scalars: [], stores: [] })[0]
  for (const n of [...lengths, 3 * chunkLength + 5]) {
    const x = noise(n, 3)
    const exact = x.reduce((total, v) => total + f(v * v), 0)
    expect(Math.abs(sum(sumOfSquares, x) - exact)).toBeLessThanOrEqual(1e-12 * exact)
    const positive = sum(single("less", 2, "sum"), new Float32Array(n), x)
    expect(positive).toBe(x.filter((v) => v > 0).length)
  }
  const large = new Float32Array(100_001).fill(1e-4)
  large[0] = 1e4
  expect(sum(single("abs", 1, "sum"), large)).toBeCloseTo(1e4 + 1e5 * f(1e-4), 9)
})

test("division by zero in unused lanes does not reach the sum of a tail", () => {
  const sums = new LoopRunner(new Arena()).run(single("div", 2, "sum"), 3, {
    vectors: [Float32Array.of(1, 2, 3), Float32Array.of(1, 2, 4)],
    scalars: [],
    stores: [],
  })
  expect(sums).toEqual([2.75])
})

test("AdamW in one pass matches plain code", () => {
  const n = 1003
  const [p, g, m] = [noise(n, 1), noise(n, 2), noise(n, 3)]
  const v = noise(n, 4).map((x) => x * x)
  const scalars = [1 - 1e-3 * 0.05, 1e-3 / 0.1, Math.sqrt(0.05)]
  const [p1, m1, v1] = stored(adamW, [p, g, m, v], scalars)
  for (let i = 0; i < n; i++) {
    const expected = adamWInPlainFloats([p[i], g[i], m[i], v[i]], scalars)
    for (const [k, actual] of [p1[i], m1[i], v1[i]].entries()) {
      expect(Math.abs(actual - expected[k])).toBeLessThanOrEqual(
        2.4e-7 * (Math.abs(expected[k]) + 3),
      )
    }
  }
})
