import { describe, expect, test } from "vitest"
import {
  adamWOp,
  add,
  allReduce,
  broadcast,
  cast,
  constant,
  cse,
  div,
  exp,
  type Graph,
  graphNodes,
  isPrimitive,
  lower,
  mul,
  neg,
  type Op,
  opsOf,
  optimise,
  pad,
  permute,
  reshape,
  simplify,
  softmax,
  softmaxOp,
  spec,
  sub,
  sum,
  type Tensor,
  traceGraph,
} from "../src/index.js"
import { interpret } from "../src/testing/index.js"

const shape = [2, 3]
const trace = (f: (x: Tensor) => Tensor): Graph =>
  traceGraph(({ x }) => ({ y: f(x) }), { x: spec("f32", shape) }).graph

const values = Float64Array.of(0.5, -1, 2, 3, 0.25, -0.75)

/** The ops of a graph, without inputs and constants. */
const steps = (graph: Graph): string[] =>
  graphNodes(graph)
    .map((node) => node.op.name)
    .filter((name) => name !== "input" && name !== "constant")

const expectSame = (before: Graph, after: Graph) => {
  const [a, b] = [before, after].map((g) => interpret(lower(g, isPrimitive), [values])[0])
  expect([...b]).toEqual([...a])
}

describe("simplify", () => {
  const laws: [string, (x: Tensor) => Tensor, string[]][] = [
    ["x + 0", (x) => add(exp(x), 0), ["exp"]],
    ["0 + x", (x) => add(0, exp(x)), ["exp"]],
    ["x - 0", (x) => sub(exp(x), 0), ["exp"]],
    ["x 1", (x) => mul(exp(x), 1), ["exp"]],
    ["-1 x", (x) => mul(x, -1), ["neg"]],
    ["x / 1", (x) => div(exp(x), 1), ["exp"]],
    ["-(-x)", (x) => exp(neg(neg(x))), ["exp"]],
    [
      "pads end to end",
      (x) => {
        const [a, b, c] = [exp(x), neg(x), x]
        return add(add(pad(b, [0, 3], [0, 3]), pad(a, [0, 0], [0, 6])), pad(c, [0, 6], [0, 0]))
      },
      ["exp", "neg", "concat"],
    ],
    ["consecutive reshapes", (x) => reshape(reshape(x, [6]), [3, 2]), ["reshape"]],
    ["a reshape and its inverse", (x) => exp(reshape(reshape(x, [6]), shape)), ["exp"]],
    ["consecutive permutes", (x) => exp(permute(permute(x, [1, 0]), [1, 0])), ["exp"]],
    [
      "consecutive broadcasts",
      (x) => broadcast(broadcast(x, [1, ...shape]), [4, ...shape]),
      ["broadcast"],
    ],
    ["nothing of x + 1", (x) => add(x, 1), ["broadcast", "add"]],
    ["nothing of a cast", (x) => cast(x, "i32"), ["cast"]],
  ]
  test.each(laws)("%s", (_, f, expected) => {
    const before = trace(f)
    const after = simplify(before)
    expect(steps(after).sort()).toEqual(expected.sort())
    expectSame(before, after)
  })
})

describe("cse", () => {
  test("merges equal nodes", () => {
    const before = trace((x) => mul(exp(x), add(exp(x), 1)))
    const after = cse(before)
    expect(steps(before).filter((s) => s === "exp")).toHaveLength(2)
    expect(steps(after).filter((s) => s === "exp")).toHaveLength(1)
    expectSame(before, after)
  })
  test("keeps every collective", () => {
    const before = trace((x) => mul(allReduce(exp(x)), allReduce(exp(x))))
    expect(steps(cse(before)).sort()).toEqual(["allReduce", "allReduce", "exp", "mul"])
  })
  test("distinguishes attributes, dtypes and signed zeros", () => {
    const before = trace((x) => add(sum(x, 0, { keepDims: true }), sum(x, 1, { keepDims: true })))
    expect(steps(cse(before))).toEqual(steps(before))
    const zeros = trace((x) => add(div(x, constant(0)), div(x, constant(-0))))
    expect(steps(cse(zeros))).toEqual(steps(zeros))
  })
})

describe("lower", () => {
  const softened = () => trace((x) => softmax(x))
  test("decomposes what a backend does not support", () => {
    expect(opsOf(softened())).toContain("softmax")
    const after = lower(softened(), isPrimitive)
    expect([...opsOf(after)].sort()).toEqual("broadcast div exp input max sub sum".split(" "))
    expect(
      interpret(after, [values])[0]
        .slice(0, 3)
        .reduce((a, b) => a + b),
    ).toBeCloseTo(1)
  })
  test("keeps composites that the backend supports", () => {
    const supports = (op: Op) => isPrimitive(op) || op === softmaxOp
    expect(steps(lower(softened(), supports))).toEqual(["softmax"])
  })
  test("names the missing primitive and where it is used", () => {
    const supports = (op: Op) => isPrimitive(op) && op.name !== "exp"
    expect(() => lower(softened(), supports)).toThrow(
      /this backend has no kernel for the primitive exp\nused at .*passes\.test\.ts:\d+/,
    )
  })
})

test("optimise keeps inputs as they are, including unused ones", () => {
  const { graph } = traceGraph(({ b }) => ({ y: add(b, 0) }), { a: spec("f32"), b: spec("f32") })
  const after = optimise(graph, isPrimitive)
  expect(after.inputs).toEqual(graph.inputs)
  expect(after.outputs[0].tensor).toBe(graph.inputs[1].tensor)
})

test("ops without a decomposition are the primitives", () => {
  expect(isPrimitive(adamWOp)).toBe(false)
})
