import { expect, test } from "vitest"
import { effort } from "../../../../scripts/effort.mjs"
import {
  add,
  barrier,
  broadcast,
  concat,
  constant,
  type Graph,
  gatherRows,
  graphNodes,
  input,
  isPrimitive,
  layerNorm,
  less,
  matmul,
  max,
  mul,
  optimise,
  pad,
  permute,
  reshape,
  type Shape,
  sameShape,
  scatterRows,
  select,
  sin,
  slice,
  softmax,
  spec,
  sub,
  sum,
  type Tensor,
  tanh,
} from "../../src/index.js"
import { type Random, random } from "../../src/random/index.js"
import {
  type Kernel,
  lifetimesOf,
  planMemory,
  readsOf,
  type Schedule,
  schedule,
  writesOf,
} from "../../src/schedule/index.js"
import { interpret } from "../../src/testing/index.js"
import { runKernels } from "../support/run-kernels.js"

const shapes: readonly Shape[] = [[3, 4], [3, 4], [4], [3, 1], [2, 3, 4], [4, 4], []]

/** A graph of random ops on a few inputs, some of which are donated. */
function drawGraph({ integer }: Random): Graph {
  const pick = <T>(list: readonly T[]): T => list[integer(list.length)]!
  const inputs = shapes.map((shape, i) => input(`x${i}`, spec("f32", shape)))
  const index = input("index", spec("i32", [3]))
  const made: Tensor[] = [...inputs]

  const like = (x: Tensor): Tensor => {
    const fitting = made.filter((t) => t !== x && fitsInto(t.shape, x.shape))
    return fitting.length === 0 ? x : pick(fitting)
  }
  const axisOf = (x: Tensor) => integer(x.rank)
  const unary: readonly ((x: Tensor) => Tensor)[] = [tanh, sin, (x) => mul(x, 0.5)]
  const binary = [add, sub, (x: Tensor, y: Tensor) => tanh(mul(x, y))]
  const wide: readonly ((x: Tensor) => Tensor)[] = [
    (x) => sum(x, axisOf(x)),
    (x) => max(x, axisOf(x), { keepDims: true }),
    (x) => sub(x, sum(x, -1, { keepDims: true })),
    (x) => sub(x, max(x, 0, { keepDims: true })),
    (x) => softmax(x),
    (x) => layerNorm(x, filled(0.5, x), filled(0.1, x)),
    (x) => permute(x, [...x.shape.keys()].reverse()),
    (x) => reshape(x, [x.size]),
    (x) => concat([x, like(x).rank === x.rank ? broadcast(like(x), x.shape) : x], axisOf(x)),
    (x) =>
      pad(
        x,
        x.shape.map(() => integer(2)),
        x.shape.map(() => integer(2)),
      ),
    (x) => slice(x, axisOf(x), 0, 1),
    (x) => barrier(x, pick(made)),
    (x) => gatherRows(broadcast(x, [3, ...x.shape.slice(1)]), index),
    (x) => scatterRows(broadcast(x, [3, ...x.shape.slice(1)]), index, 3),
    (x) =>
      tanh(
        matmul(reshape(x, [-1, x.shape.at(-1)!]), reshape(x, [-1, x.shape.at(-1)!]), {
          transposeB: true,
        }),
      ),
    (x) =>
      tanh(
        matmul(reshape(x, [-1, x.shape.at(-1)!]), sin(reshape(x, [-1, x.shape.at(-1)!])), {
          transposeA: true,
        }),
      ),
  ]
  const takes = (x: Tensor, i: number) =>
    x.rank > 0 && ((i !== 12 && i !== 13) || x.shape[0] === 1 || x.shape[0] === 3)
  const step = (): Tensor => {
    // Prefer late values, so that chains grow.
    const x = integer(2) === 0 ? made.at(-1 - integer(Math.min(4, made.length)))! : pick(made)
    const kind = integer(8)
    if (kind < 2) return pick(unary)(x)
    if (kind < 4) return pick(binary)(x, like(x))
    if (kind === 4) return select(less(x, like(x)), x, like(x))
    const i = integer(wide.length)
    return takes(x, i) && x.size < 200 ? wide[i](x) : pick(unary)(x)
  }
  while (made.length < inputs.length + 14) made.push(step())

  const results = made.slice(inputs.length).filter(() => integer(4) === 0)
  const shown = [...results, made.at(-1)!].map((tensor, i) => ({ path: `y${i}`, tensor }))
  const donated = inputs.flatMap((x, into) => {
    const next = made.filter((t) => sameShape(t.shape, x.shape) && t.dtype === x.dtype)
    return next.length > 0 && integer(2) === 0
      ? [{ path: `x${into}`, tensor: pick(next), into }]
      : []
  })
  const isDonated = (i: number) => donated.some((o) => o.into === i)
  return {
    inputs: [...inputs, index].map((tensor, i) => ({
      path: `x${i}`,
      tensor,
      donated: isDonated(i),
    })),
    outputs: [...shown, ...donated],
  }
}

const filled = (value: number, x: Tensor): Tensor => broadcast(constant(value), [x.shape.at(-1)!])

const fitsInto = (shape: Shape, into: Shape): boolean =>
  shape.length <= into.length &&
  shape.every((d, i) => d === 1 || d === into[into.length - shape.length + i])

const valuesFor = (graph: Graph, { uniform, integer }: Random): Float64Array[] =>
  graph.inputs.map(({ tensor: { dtype, size } }) =>
    Float64Array.from({ length: size }, () => (dtype === "i32" ? integer(3) : 2 * uniform() - 1)),
  )

function expectClose(
  found: readonly Float64Array[],
  expected: readonly Float64Array[],
  what: string,
) {
  for (const [i, values] of expected.entries()) {
    for (const [j, y] of values.entries()) {
      const error = Math.abs(found[i][j] - y)
      if (error <= 1e-9 * Math.max(1, Math.abs(y)) || Object.is(found[i][j], y)) continue
      expect.fail(`${what}: output ${i} [${j}] is ${found[i][j]}, expected ${y}`)
    }
  }
}

/** The tensors that one kernel accesses. */
const operandsOf = (kernel: Kernel): number =>
  new Set([...readsOf(kernel), ...writesOf(kernel)]).size

function expectSound(graph: Graph, { kernels }: Schedule, what: string) {
  const there = new Set(graph.inputs.map((x) => x.tensor))
  for (const { op, outputs } of graphNodes(graph)) {
    if (op.name === "constant") there.add(outputs[0])
  }
  for (const kernel of kernels) {
    for (const t of readsOf(kernel)) {
      if (!there.has(t)) expect.fail(`${what}: ${t.node.op.name} is read before it is written`)
    }
    for (const t of writesOf(kernel)) there.add(t)
  }
}

test("random graphs give what the interpreter gives, within any limits", () => {
  for (let n = 0; n < effort(300, 20_000); n++) {
    const source = random("graphs", n)
    const graph = optimise(drawGraph(source), isPrimitive)
    const operands = [Number.POSITIVE_INFINITY, 8, 6, 5][source.integer(4)]
    const results = [Number.POSITIVE_INFINITY, 2, 1][n % 3]
    const inPlace = n % 2 === 0
    const what = `graph ${n}, ${operands} operands, ${results} results, in place: ${inPlace}`
    const scheduled = schedule(graph, { operands, results, inPlace })
    expectSound(graph, scheduled, what)
    for (const kernel of scheduled.kernels) {
      if (kernel.kind === "opaque") continue
      expect(operandsOf(kernel), what).toBeLessThanOrEqual(operands)
      expect(new Set(writesOf(kernel)).size, what).toBeLessThanOrEqual(results)
    }
    if (!inPlace) expect(scheduled.inPlace.size, what).toBe(0)
    const values = valuesFor(graph, source)
    expectClose(runKernels(graph, scheduled, values), interpret(graph, values), what)
  }
})

test("tensors that are alive together never share bytes", () => {
  for (let n = 0; n < effort(100, 5000); n++) {
    const source = random("lives", n)
    const graph = optimise(drawGraph(source), isPrimitive)
    const { kernels } = schedule(graph)
    const results = new Set(graph.outputs.map((o) => o.tensor))
    const lives = lifetimesOf(kernels, {
      bytesOf: (t) => 4 * t.size + source.integer(64),
      toTheEnd: (t) => results.has(t),
    })
    const limit = Math.max(256, ...lives.map((x) => x.bytes))
    const slabBytes = source.integer(2) === 0 ? Number.POSITIVE_INFINITY : limit
    const { places, slabs, liveBytes } = planMemory(lives, slabBytes)
    expect(slabs.every((bytes) => bytes <= slabBytes)).toBe(true)
    expect(slabs.reduce((a, b) => a + b, 0)).toBeGreaterThanOrEqual(liveBytes)
    for (const [i, a] of lives.entries()) {
      const x = places.get(a)!
      expect(x.offset + a.bytes).toBeLessThanOrEqual(slabs[x.slab])
      for (const b of lives.slice(0, i)) {
        const y = places.get(b)!
        const together = a.first <= b.last && b.first <= a.last
        const apart =
          x.slab !== y.slab || x.offset + a.bytes <= y.offset || y.offset + b.bytes <= x.offset
        expect(apart || !together).toBe(true)
      }
    }
  }
})
