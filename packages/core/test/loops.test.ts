import { expect, test } from "vitest"
import {
  add,
  exp,
  type Graph,
  indicator,
  isPrimitive,
  less,
  matmul,
  mul,
  optimise,
  type Spec,
  select,
  spec,
  sqrt,
  square,
  sub,
  sum,
  type Traced,
  traceGraph,
} from "../src/index.js"
import { fuseUpdates, type Loop, loopKey, splitUpdates } from "../src/loops/index.js"

const loopable = ["add", "sub", "mul", "div", "sqrt", "less", "select", "minimum"]
const canLoop = (op: string) => loopable.includes(op)

const matrix = spec("f32", [8, 8])
const specs = { p: matrix, q: matrix, x: matrix }

const graphOf = (
  f: (inputs: Traced<typeof specs>) => Record<string, Traced<Spec>>,
  donate: string[] = ["p", "q"],
): Graph => optimise(traceGraph(f, specs, { donate }).graph, isPrimitive)

const opsOf = (graph: Graph): string[] => {
  const stop = new Set(graph.inputs.map((i) => i.tensor))
  const names = new Set<string>()
  const pending = graph.outputs.map((o) => o.tensor)
  for (let t = pending.pop(); t !== undefined; t = pending.pop()) {
    if (stop.has(t)) continue
    names.add(t.node.op.name)
    pending.push(...t.node.inputs)
  }
  return [...names].sort()
}

const pathsOf = (graph: Graph) => graph.outputs.map((o) => o.path)

test("updates are separated after the last op that cannot run in a loop", () => {
  const graph = graphOf(({ p, q, x }) => {
    const g = matmul(mul(x, p), x)
    return { p: sub(p, mul(g, 0.1)), q: add(mul(q, 0.9), mul(g, g)) }
  })
  const { compute, update } = splitUpdates(graph, canLoop)
  expect(opsOf(compute)).toEqual(["matmul", "mul"])
  expect(opsOf(update)).not.toContain("matmul")
  expect(compute.outputs).toHaveLength(1)
  expect(pathsOf(update)).toEqual(["p", "q"])
  expect(update.outputs.map((o) => update.inputs[o.into!].path)).toEqual(["p", "q"])
})

test("an op that is read elsewhere stays outside, with everything before it", () => {
  const graph = graphOf(({ p, q, x }) => {
    const shared = add(p, q)
    return { p: sub(p, shared), q: mul(q, 2), y: matmul(shared, x) }
  })
  const { compute, update } = splitUpdates(graph, canLoop)
  expect(pathsOf(compute)).toEqual(["y", "cut/0"])
  expect(opsOf(compute)).toEqual(["add", "matmul"])
  expect(opsOf(update)).not.toContain("add")
})

test("a reported value joins if it costs no tensor at the cut", () => {
  const graph = graphOf(({ p, q, x }) => {
    const g = matmul(x, p)
    const other = exp(x)
    return {
      p: sub(p, g),
      q,
      norm: sqrt(sum(square(g))),
      elsewhere: sum(square(other)),
    }
  })
  const { compute, update } = splitUpdates(graph, canLoop)
  expect(pathsOf(update)).toEqual(["p", "q", "norm"])
  expect(pathsOf(compute)).toEqual(["elsewhere", "cut/0"])
})

test("a mask is computed on the side that uses it", () => {
  const graph = graphOf(({ p, q, x }) => {
    const mask = less(exp(x), 1)
    return { p: select(mask, p, q), q }
  })
  const { update } = splitUpdates(graph, canLoop)
  expect(update.inputs.slice(3).map((i) => i.tensor.dtype)).toEqual(["f32"])
  expect(opsOf(update)).toContain("less")
})

test("a mask that is also read outside does not cross the cut, so its users stay outside", () => {
  const graph = graphOf(({ p, q, x }) => {
    const mask = less(x, 1)
    return { p: select(mask, p, q), q, y: matmul(indicator(mask), x) }
  })
  const { update } = splitUpdates(graph, canLoop)
  expect(update.inputs.slice(3).map((i) => i.tensor.dtype)).toEqual(["f32"])
  expect(opsOf(update)).toEqual([])
})

test("a graph without donated state has no updates", () => {
  const graph = graphOf(({ p, x }) => ({ y: exp(mul(p, x)) }), [])
  const { compute, update } = splitUpdates(graph, canLoop)
  expect(pathsOf(compute)).toEqual(["y"])
  expect(update.outputs).toEqual([])
  expect(fuseUpdates(update, canLoop).steps).toEqual([])
})

test("one loop per parameter with one shared structure; sums that others need come first", () => {
  const graph = graphOf(({ p, q, x }) => {
    const norm = sqrt(sum(mul(x, x)))
    return { p: sub(p, mul(p, norm)), q: sub(q, mul(q, norm)), mean: sum(p) }
  })
  const { steps } = fuseUpdates(graph, canLoop)
  const loops = steps.flatMap((s) => (s.kind === "loop" ? [s] : []))
  expect(loops.map((l) => l.stores)).toEqual([[], [0], [1]])
  expect(loops.map((l) => l.sums.length)).toEqual([1, 1, 0])
  expect(loops[0].loop.inputs).toEqual(["vector"])
  const alone = graphOf(({ p, q }) => ({ p: mul(p, 0.9), q: mul(q, 0.9) }))
  const twins = fuseUpdates(alone, canLoop).steps.flatMap((s) =>
    s.kind === "loop" ? [s.loop] : [],
  )
  expect(twins).toHaveLength(2)
  expect(twins[0]).toBe(twins[1])
})

test("keys distinguish structures and constants", () => {
  const fill = (value: number): Loop => ({
    inputs: [],
    body: [{ op: "constant", args: [], value }],
    outputs: [{ kind: "store", value: 0 }],
  })
  const keys = [fill(0), fill(-0), fill(1), { ...fill(1), outputs: [] }].map(loopKey)
  expect(new Set(keys).size).toBe(4)
  expect(loopKey(fill(2))).toBe(loopKey(fill(2)))
})
