import { describe, expect, test } from "vitest"
import {
  add,
  broadcast,
  concat,
  constant,
  exp,
  type Graph,
  gatherRows,
  gelu,
  isPrimitive,
  layerNorm,
  linear,
  matmul,
  mul,
  optimise,
  pad,
  permute,
  reshape,
  type Spec,
  slice,
  softmax,
  spec,
  split,
  sub,
  sum,
  type Tensor,
  type Traced,
  tanh,
  traceGraph,
} from "../../src/index.js"
import { readsOf, type Schedule, schedule, writesOf } from "../../src/schedule/index.js"
import { interpret } from "../../src/testing/index.js"
import { runKernels } from "../support/run-kernels.js"

type Specs = Readonly<Record<string, Spec>>
type Outputs = Readonly<Record<string, Tensor>>

function graphOf<S extends Specs>(
  specs: S,
  f: (inputs: Traced<S>) => Outputs,
  donate: string[] = [],
): Graph {
  return optimise(traceGraph(f, specs, { donate }).graph, isPrimitive)
}

/** Schedules a graph; its kernels must compute what the interpreter does. */
function kernelsOf(graph: Graph, operands?: number): Schedule {
  const scheduled = schedule(graph, operands === undefined ? {} : { operands })
  const values = graph.inputs.map(({ tensor: { dtype, size } }, n) =>
    Float64Array.from({ length: size }, (_, i) => (dtype === "i32" ? i % 3 : Math.sin(i + n))),
  )
  const found = runKernels(graph, scheduled, values)
  for (const [i, y] of interpret(graph, values).entries()) {
    for (const [j, v] of y.entries()) expect(found[i][j]).toBeCloseTo(v, 9)
  }
  return scheduled
}

const kinds = ({ kernels }: Schedule): string[] => kernels.map((k) => k.kind)

const [x, row, w] = [spec("f32", [4, 6]), spec("f32", [6]), spec("f32", [8, 6])]

describe("what shares a kernel", () => {
  test("layer norm and its surroundings are one nest", () => {
    const graph = graphOf({ x, g: row, b: row, y: x }, (i) => ({
      y: tanh(layerNorm(add(i.x, i.y), i.g, i.b)),
    }))
    const { kernels } = kernelsOf(graph)
    expect(kernels).toHaveLength(1)
    expect(kernels[0]).toMatchObject({ kind: "nest", outer: 4, inner: 6, outerStores: [] })
  })

  test("softmax is one nest with two reductions", () => {
    const { kernels } = kernelsOf(graphOf({ x }, (i) => ({ y: softmax(i.x) })))
    expect(kernels).toHaveLength(1)
    const [nest] = kernels
    expect(nest.kind === "nest" && nest.reductions.map((r) => r.op)).toEqual(["max", "sum"])
  })

  test("linear with bias and GELU is one product, without stored intermediates", () => {
    const specs = { x, w, b: spec("f32", [8]) }
    const layer = (i: Traced<typeof specs>) => linear(i.x, i.w, i.b)
    const alone = kernelsOf(graphOf(specs, (i) => ({ y: gelu(layer(i)) })))
    expect(kinds(alone)).toEqual(["matmul"])
    expect(writesOf(alone.kernels[0])).toHaveLength(1)
    const kept = kernelsOf(graphOf(specs, (i) => ({ h: layer(i), y: gelu(layer(i)) })))
    expect(kinds(kept)).toEqual(["matmul"])
    expect(writesOf(kept.kernels[0])).toHaveLength(2)
  })

  test("view ops cost no kernel: pads, slices, gathers and transposed operands", () => {
    const specs = { x, w, index: spec("i32", [5]) }
    const graph = graphOf(specs, (i) => ({
      padded: pad(concat([i.x, exp(i.x)], 0), [1, 0], [0, 2]),
      rows: tanh(gatherRows(i.w, i.index)),
      product: matmul(permute(slice(i.x, 1, 0, 3), [1, 0]), i.x),
    }))
    expect(kinds(kernelsOf(graph)).sort()).toEqual(["matmul", "nest", "nest"])
  })

  test("queries, keys and values are read in place from their product", () => {
    const specs = { x, w: spec("f32", [18, 6]) }
    const graph = graphOf(specs, (i) => {
      const heads = (t: Tensor) => permute(reshape(t, [4, 2, 3]), [1, 0, 2])
      const [q, k] = split(linear(i.x, i.w), 3).map(heads)
      return { scores: matmul(q, k, { transposeB: true }) }
    })
    const { kernels } = kernelsOf(graph)
    expect(kernels.map((k) => k.kind)).toEqual(["matmul", "matmul"])
    expect(kernels[1]).toMatchObject({ a: { strides: [3, 18, 1] }, b: { offset: 6 } })
  })

  test("column sums over the same input share a kernel", () => {
    const graph = graphOf({ x, y: x }, (i) => ({ a: sum(i.x, 0), b: sum(mul(i.x, i.y), 0) }))
    expect(kernelsOf(graph).kernels).toHaveLength(1)
  })
})

describe("what does not", () => {
  test("an expensive value that two kernels read is stored once", () => {
    const graph = graphOf({ x, w }, (i) => {
      const shared = exp(i.x)
      return { product: linear(shared, i.w), total: sum(shared, 0) }
    })
    const { kernels } = kernelsOf(graph)
    const counts = new Map<Tensor, number>()
    for (const k of kernels) for (const t of writesOf(k)) counts.set(t, 1 + (counts.get(t) ?? 0))
    expect([...counts.values()].every((n) => n === 1)).toBe(true)
    expect([...counts.keys()].some((t) => t.node.op.name === "exp")).toBe(true)
  })

  test("no kernel depends on itself through another", () => {
    // The outer two could share a row's loops, but the product between them reads one of them.
    const graph = graphOf({ x, w: spec("f32", [6, 6]) }, (i) => {
      const normed = softmax(i.x)
      return { y: softmax(add(normed, linear(normed, i.w))), normed }
    })
    expect(kinds(kernelsOf(graph))).toEqual(["nest", "matmul", "nest"])
  })

  test.each([8, 5, 4, 3])("no kernel accesses more than %i tensors", (operands) => {
    const names = Array.from({ length: 12 }, (_, n) => `x${n}`)
    const graph = graphOf(Object.fromEntries(names.map((n) => [n, x])), (i) => ({
      y: names.map((n) => i[n]).reduce((a, b) => tanh(add(a, b))),
      z: names.map((n) => i[n]).reduce((a, b) => sub(b, a)),
    }))
    for (const k of kernelsOf(graph, operands).kernels) {
      expect(new Set([...readsOf(k), ...writesOf(k)]).size).toBeLessThanOrEqual(operands)
    }
  })
})

test("a constant that is an output can also be read", () => {
  const graph = graphOf({ x }, (i) => {
    const table = constant([1, 2, 3, 4, 5, 6])
    return { table, y: add(i.x, table), total: sum(mul(exp(i.x), table), 0) }
  })
  expect(kernelsOf(graph).kernels).toHaveLength(2)
})

describe("in place", () => {
  const state = { a: x, b: x }
  const paths = (graph: Graph, { inPlace }: Schedule) =>
    graph.outputs.filter((o) => inPlace.has(o.tensor)).map((o) => o.path)

  test("a map over its own input runs in place", () => {
    const graph = graphOf(state, ({ a, b }) => ({ a: add(mul(a, 0.9), b), b: mul(b, 2) }), [
      "a",
      "b",
    ])
    expect(paths(graph, kernelsOf(graph))).toEqual(["a", "b"])
  })

  test("swapped entries do not both run in place", () => {
    const graph = graphOf(state, ({ a, b }) => ({ a: mul(b, 2), b: mul(a, 3) }), ["a", "b"])
    expect(paths(graph, kernelsOf(graph)).length).toBeLessThan(2)
  })

  test("a kernel that reads other elements than it writes does not run in place", () => {
    const square = spec("f32", [4, 4])
    const graph = graphOf({ a: square }, ({ a }) => ({ a: permute(tanh(a), [1, 0]) }), ["a"])
    expect(paths(graph, kernelsOf(graph))).toEqual([])
    const product = graphOf({ a: square }, ({ a }) => ({ a: matmul(a, a) }), ["a"])
    expect(paths(product, kernelsOf(product))).toEqual([])
  })

  test("a kernel that rereads an element after writing it does not run in place", () => {
    const graph = graphOf(
      { a: spec("f32", [4]), x },
      (i) => ({
        a: add(i.a, sum(i.x, 1)),
        y: sub(
          mul(i.x, broadcast(reshape(i.a, [4, 1]), [4, 6])),
          broadcast(reshape(sum(i.x, 1), [4, 1]), [4, 6]),
        ),
      }),
      ["a"],
    )
    kernelsOf(graph)
  })

  test("one new value for two donated inputs overwrites one of them", () => {
    const graph = graphOf(
      state,
      ({ a, b }) => {
        const next = sub(a, b)
        return { a: next, b: next }
      },
      ["a", "b"],
    )
    const { inPlace } = kernelsOf(graph)
    expect([...inPlace.values()]).toEqual([graph.inputs[0].tensor])
  })

  test("readers of the old value run first", () => {
    const graph = graphOf({ a: x, w }, (i) => ({ y: linear(i.a, i.w), a: mul(i.a, 0.5) }), ["a"])
    const scheduled = kernelsOf(graph)
    expect(paths(graph, scheduled)).toEqual(["a"])
  })
})
