import { describe, expect, test } from "vitest"
import {
  concat,
  type Graph,
  graphNodes,
  input,
  matmul,
  max,
  type Shape,
  spec,
  sum,
  type Tensor,
} from "../../src/index.js"
import { random } from "../../src/random/index.js"
import {
  readsOf,
  schedule,
  splitConcats,
  splitProducts,
  splitReductions,
  writesOf,
} from "../../src/schedule/index.js"
import { placesOf } from "../../src/schedule/limits.js"
import { interpret } from "../../src/testing/index.js"

const graphOf = (inputs: readonly Tensor[], tensor: Tensor): Graph => ({
  inputs: inputs.map((t, i) => ({ path: `${i}`, tensor: t, donated: false })),
  outputs: [{ path: "y", tensor }],
})

const f32 = (shape: Shape): Tensor => input("x", spec("f32", shape))

function expectSame(before: Graph, after: Graph): void {
  const { uniform } = random("split", "values")
  const values = before.inputs.map(({ tensor }) =>
    Float64Array.from({ length: tensor.size }, () => uniform() - 0.5),
  )
  const [expected, found] = [before, after].map((graph) => interpret(graph, values)[0])
  for (const [i, y] of expected.entries()) expect(found[i]).toBeCloseTo(y, 8)
}

const opsOf = (graph: Graph, name: string) =>
  graphNodes(graph).filter((node) => node.op.name === name)

describe("long reductions", () => {
  test.each([
    ["a full sum", [3, 6000], (x: Tensor) => sum(x)],
    ["the maximum of a row", [2, 9000], (x: Tensor) => max(x, 1)],
    ["a sum with kept axes", [2, 3, 9000], (x: Tensor) => sum(x, -1, { keepDims: true })],
  ] as const)("%s is split in two", (_, shape, reduce) => {
    const x = f32(shape)
    const before = graphOf([x], reduce(x))
    const after = splitReductions(before)
    const name = opsOf(before, "max").length > 0 ? "max" : "sum"
    expect(opsOf(after, name)).toHaveLength(2)
    expectSame(before, after)
  })

  test.each([
    ["short ones", [40, 40], (x: Tensor) => sum(x)],
    ["reductions with many results", [100, 9000], (x: Tensor) => sum(x, 1)],
    ["reductions over leading axes", [9000, 2], (x: Tensor) => sum(x, 0)],
    ["reductions of prime length", [8209], (x: Tensor) => sum(x)],
  ] as const)("%s stay", (_, shape, reduce) => {
    const x = f32(shape)
    const before = graphOf([x], reduce(x))
    expect(opsOf(splitReductions(before), "sum")).toHaveLength(1)
  })
})

describe("products with a long inner dimension", () => {
  const flags = [false, true]
  test.each(flags.flatMap((a) => flags.map((b) => [a, b] as const)))(
    "become sums of products, transposed %s and %s",
    (transposeA, transposeB) => {
      const [m, k, n] = [3, 12, 5]
      const a = f32(transposeA ? [k, m] : [m, k])
      const b = f32(transposeB ? [n, k] : [k, n])
      const before = graphOf([a, b], matmul(a, b, { transposeA, transposeB }))
      const after = splitProducts(before, (sides) => {
        expect(sides).toEqual({ m, n, k })
        return 4
      })
      expectSame(before, after)
      // The parts are read in place: no kernel copies them.
      const { kernels } = schedule(after)
      expect(kernels.map(({ kind }) => kind)).toEqual(["matmul", "nest"])
    },
  )
})

describe("concatenations of many tensors", () => {
  const parts = Array.from({ length: 20 }, (_, i) => f32([2, 1 + (i % 3)]))

  test("read as many tensors per kernel as it can bind", () => {
    const before = graphOf(parts, concat(parts, 1))
    const after = splitConcats(before, { operands: 8, places: () => 1 })
    expectSame(before, after)
    const { kernels } = schedule(after, { operands: 8 })
    expect(kernels.length).toBeGreaterThan(1)
    for (const kernel of kernels) expect(readsOf(kernel).size).toBeLessThanOrEqual(7)
  })

  test("of few large tensors count each one's bindings", () => {
    const large = Array.from({ length: 4 }, () => f32([11]))
    const before = graphOf(large, concat(large, 0))
    const limits = { operands: 12, places: (t: Tensor) => Math.ceil(t.size / 10) }
    const after = splitConcats(before, limits)
    expectSame(before, after)
    const { kernels } = schedule(after, limits)
    const bound = kernels.map((k) => placesOf([...readsOf(k), ...writesOf(k)], limits))
    expect(Math.max(...bound)).toBeLessThanOrEqual(12)
    expect(kernels.length).toBeGreaterThan(1)
  })

  test("that no split makes small enough stay as they are", () => {
    const large = [f32([60]), f32([60])]
    const before = graphOf(large, concat(large, 0))
    const after = splitConcats(before, { operands: 12, places: (t) => Math.ceil(t.size / 10) })
    expect(after.outputs[0].tensor).toBe(before.outputs[0].tensor)
  })

  test("of few tensors stay as they are", () => {
    const before = graphOf(parts, concat(parts, 1))
    expect(splitConcats(before, { operands: 21, places: () => 1 }).outputs[0].tensor).toBe(
      before.outputs[0].tensor,
    )
  })
})
