import { describe, expect, test } from "vitest"
import {
  add,
  exp,
  type Graph,
  gelu,
  gradients,
  graphNodes,
  isPrimitive,
  linear,
  mean,
  mul,
  optimise,
  recompute,
  spec,
  square,
  sum,
  type Tensor,
  tanh,
  traceGraph,
} from "../src/index.js"
import { interpret, sampleValues } from "../src/testing/index.js"
import { peakBytes } from "./support/liveness.js"

const depth = 6
const width = 8
const weights = Object.fromEntries(
  Array.from({ length: depth }, (_, i) => [`w${i}`, spec("f32", [width, width])]),
)
const specs = { weights, x: spec("f32", [64, width]) }

/** A chain of layers, each with several activations that the backward pass needs. */
const chain = (again: boolean): Graph =>
  optimise(
    traceGraph(({ weights, x }) => {
      const layer = (h: Tensor, w: Tensor) => add(h, tanh(gelu(linear(h, w))))
      const y = Object.values(weights).reduce(
        (h, w) => (again ? recompute(() => layer(h, w)) : layer(h, w)),
        x,
      )
      const loss = mean(square(y))
      return { loss, ...gradients(loss, weights) }
    }, specs).graph,
    isPrimitive,
  )

const count = (graph: Graph, op: string): number =>
  graphNodes(graph).filter((node) => node.op.name === op).length

describe("recompute", () => {
  const [kept, again] = [chain(false), chain(true)]

  test("its region appears twice in the optimised graph", () => {
    expect(count(kept, "tanh")).toBe(depth)
    expect(count(again, "tanh")).toBe(2 * depth)
    expect(count(again, "barrier")).toBeGreaterThanOrEqual(depth)
    expect(count(again, "region")).toBe(0)
  })

  test("changes no number", () => {
    const values = kept.inputs.map(({ path, tensor }) => sampleValues(path, tensor))
    const [a, b] = [interpret(kept, values), interpret(again, values)]
    for (const [i, expected] of a.entries()) expect(b[i]).toEqual(expected)
  })

  test("lowers peak memory", () => {
    expect(peakBytes(again)).toBeLessThan(0.6 * peakBytes(kept))
  })

  test("passes outer tensors and records through, and their gradients", () => {
    const of = (again: boolean) => {
      const body = (f: () => { y: Tensor; outer: Tensor }) => (again ? recompute(f) : f())
      const { graph } = traceGraph(
        ({ x, w }) => {
          const outer = mul(x, w)
          const { y, outer: same } = body(() => ({ y: exp(x), outer }))
          return gradients(sum(mul(y, same)), { x, w }).grads
        },
        { x: spec("f32", [3]), w: spec("f32", [3]) },
      )
      return interpret(optimise(graph, isPrimitive), [
        Float64Array.of(0.5, -1, 0.2),
        Float64Array.of(1, 2, 3),
      ])
    }
    expect(of(true)).toEqual(of(false))
  })

  test("nests", () => {
    const of = (again: boolean) => {
      const maybe = (f: () => Tensor) => (again ? recompute(f) : f())
      const { graph } = traceGraph(
        ({ x }) => {
          const y = maybe(() => tanh(maybe(() => exp(mul(x, 0.5)))))
          return gradients(sum(square(y)), { x }).grads
        },
        { x: spec("f32", [3]) },
      )
      return interpret(optimise(graph, isPrimitive), [Float64Array.of(0.5, -1, 0.2)])
    }
    expect(of(true)).toEqual(of(false))
  })
})
