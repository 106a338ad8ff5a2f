import { describe, expect, test } from "vitest"
import {
  add,
  div,
  type Graph,
  isPrimitive,
  matmul,
  minimum,
  mul,
  optimise,
  type Spec,
  spec,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Traced,
  tanh,
  traceGraph,
} from "../../src/index.js"
import { random } from "../../src/random/index.js"
import {
  batched,
  type Kernel,
  membersOf,
  readsOf,
  schedule,
  writesOf,
} from "../../src/schedule/index.js"
import { interpret } from "../../src/testing/index.js"
import { runKernels } from "../support/run-kernels.js"

type Specs = Readonly<Record<string, Spec>>

/** The batches of a graph, which must still compute what the interpreter does. */
function batchesOf<S extends Specs>(
  specs: S,
  f: (inputs: Traced<S>) => Readonly<Record<string, Tensor>>,
  { donate = [], operands = 12 }: { donate?: string[]; operands?: number } = {},
): number[] {
  const graph = optimise(traceGraph(f, specs, { donate }).graph, isPrimitive)
  const list = batchedKernels(graph, operands)
  return list.flatMap((x) => (x.kind === "batch" ? [x.members.length] : []))
}

function batchedKernels(graph: Graph, operands: number) {
  const { kernels, inPlace } = schedule(graph)
  const given = new Set(graph.inputs.map((x) => x.tensor))
  const results = new Set(graph.outputs.map((o) => o.tensor))
  const list = batched(kernels, {
    sameMemory: (t) => inPlace.get(t) ?? t,
    bytesOf: (t) => (given.has(inPlace.get(t) ?? t) ? 0 : 4 * t.size),
    toTheEnd: (t) => results.has(t),
    fits: (touched) => touched.length <= operands,
  })
  const values = graph.inputs.map(({ tensor }, n) =>
    Float64Array.from({ length: tensor.size }, (_, i) => Math.sin(i + 3 * n)),
  )
  const found = runKernels(graph, { kernels: list.flatMap(membersOf), inPlace }, values)
  for (const [i, y] of interpret(graph, values).entries()) {
    for (const [j, v] of y.entries()) expect(found[i][j]).toBeCloseTo(v, 9)
  }
  return list
}

const named = (prefix: string, sizes: readonly number[]): Specs =>
  Object.fromEntries(sizes.map((size, i) => [`${prefix}${i}`, spec("f32", [size])]))

const sizes = [5, 12, 1, 33, 7, 64]

test("updates that wait for the gradient norm are one batch, the sums in it another", () => {
  const specs = { ...named("w", sizes), ...named("g", sizes) }
  const f = (t: Traced<Specs>) => {
    const grads = sizes.map((_, i) => t[`g${i}`])
    const norm = sqrt(grads.map((g) => sum(square(g))).reduce((a, b) => add(a, b)))
    const factor = minimum(div(1, norm), 1)
    const next = grads.map((g, i) => [`w${i}`, sub(t[`w${i}`], mul(g, factor))] as const)
    return Object.fromEntries(next)
  }
  const donate = Object.keys(named("w", sizes))
  // That of one element has no inner loop, so its form differs.
  expect(batchesOf(specs, f, { donate })).toEqual([5, 5])
  expect(batchesOf(specs, f, { donate, operands: 2 })).toEqual([5])
})

describe("what does not batch", () => {
  const pair = { a: spec("f32", [8]), b: spec("f32", [12]) }

  test("maps that depend on each other", () => {
    const chain = ({ a }: Traced<typeof pair>) => {
      const once = tanh(a)
      return { once, s: sum(once), twice: tanh(add(once, sum(once))) }
    }
    expect(batchesOf(pair, chain)).toEqual([])
    expect(batchesOf(pair, ({ a, b }) => ({ x: tanh(a), y: tanh(b) }))).toEqual([2])
  })

  test("different positions, constants and ops", () => {
    expect(batchesOf(pair, ({ a, b }) => ({ x: mul(a, 2), y: mul(b, 3) }))).toEqual([])
    expect(batchesOf(pair, ({ a, b }) => ({ x: add(a, a), y: mul(b, b) }))).toEqual([])
    const specs = { a: spec("f32", [4]), b: spec("f32", [4]), c: spec("f32", [8]) }
    expect(batchesOf(specs, ({ a, b, c }) => ({ x: add(a, b), y: add(c, mul(c, 1.5)) }))).toEqual(
      [],
    )
  })

  test("state that swaps places keeps its meaning", () => {
    const state = { a: spec("f32", [8]), b: spec("f32", [8]), c: spec("f32", [8]) }
    const turned = ({ a, b, c }: Traced<typeof state>) => ({
      a: mul(b, 2),
      b: mul(c, 2),
      c: mul(a, 2),
    })
    batchesOf(state, turned, { donate: ["a", "b", "c"] })
  })
})

test("sums wait for each other only if memory does not grow", () => {
  const square40 = spec("f32", [40, 40])
  const { graph } = traceGraph(
    ({ a, b }) => ({ x: sum(square(matmul(a, b))), y: sum(square(matmul(b, a))) }),
    { a: square40, b: square40 },
  )
  const { kernels } = schedule(optimise(graph, isPrimitive))
  const [first, second] = kernels.filter((k) => k.kind === "matmul")
  const sumOf = (product: Kernel) =>
    kernels.find((k) => writesOf(product).some((t) => readsOf(k).has(t)))!
  const kinds = (order: readonly Kernel[]) =>
    batched(order, {
      sameMemory: (t) => t,
      bytesOf: (t) => 4 * t.size,
      toTheEnd: () => false,
      fits: () => true,
    }).map((x) => x.kind)
  const [one, two] = [sumOf(first), sumOf(second)]
  expect(kinds([first, one, second, two])).toEqual(["matmul", "nest", "matmul", "nest"])
  expect(kinds([first, second, one, two])).toEqual(["matmul", "matmul", "batch"])
})

test("random updates keep their meaning in any order", () => {
  for (let n = 0; n < 60; n++) {
    const { integer } = random("batches", n)
    const state = named(
      "x",
      Array.from({ length: 6 }, () => 4 + integer(2)),
    )
    const names = Object.keys(state)
    const donate = names.filter(() => integer(2) === 0)
    const graph = traceGraph(
      (t: Traced<Specs>) => {
        const made = names.map((name) => t[name])
        for (let i = 0; i < 12; i++) {
          const x = made[integer(made.length)]
          const total = sum(square(made[integer(made.length)]))
          made.push(integer(3) === 0 ? total : tanh(add(x, mul(total, 0.1))))
        }
        const next = donate.flatMap((name) => {
          const like = made.filter((m) => m.shape.join() === t[name].shape.join())
          return [[name, like[integer(like.length)]] as const]
        })
        return { ...Object.fromEntries(next), last: made.at(-1)! }
      },
      state,
      { donate },
    ).graph
    batchedKernels(optimise(graph, isPrimitive), 12)
  }
})
