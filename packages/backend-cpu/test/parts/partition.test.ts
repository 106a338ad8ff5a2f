import {
  add,
  bytesPerElement,
  type Graph,
  gelu,
  gradients,
  graphNodes,
  isPrimitive,
  layerNorm,
  linear,
  mean,
  nodesOf,
  optimise,
  spec,
  square,
  type Tensor,
  traceGraph,
} from "@tubelet/core"
import { onnxSupports } from "@tubelet/onnx"
import { describe, expect, test } from "vitest"
import { partition } from "../../src/parts/partition.js"

const width = 256
const depth = 4
const specs = {
  x: spec("f32", [300, width]),
  ...Object.fromEntries(
    Array.from({ length: depth }, (_, i) => [`w${i}`, spec("f32", [width, width])]),
  ),
  gain: spec("f32", [width]),
  shift: spec("f32", [width]),
}

/** Residual blocks, their loss and all gradients. */
function network(): Graph {
  const { graph } = traceGraph(({ x, gain, shift, ...weights }: Record<string, Tensor>) => {
    let y = x
    for (const w of Object.values(weights)) y = add(y, gelu(linear(layerNorm(y, gain, shift), w)))
    const loss = mean(square(y))
    return { loss, ...gradients(loss, weights) }
  }, specs)
  return optimise(graph, (op) => isPrimitive(op) || onnxSupports(op))
}

const bytesOf = (t: Tensor) => t.size * bytesPerElement(t.dtype)
const graph = network()
const { parts, kept } = partition(graph, 2 ** 20)

describe("partition", () => {
  test("computes every output once, and what is kept before it is read", () => {
    const made = new Set<Tensor>(graph.inputs.map((x) => x.tensor))
    for (const part of parts) {
      for (const { tensor } of part.inputs) expect(made).toContain(tensor)
      for (const { tensor } of part.outputs) made.add(tensor)
    }
    for (const { tensor } of graph.outputs) expect(made).toContain(tensor)
  })

  test("computes no product twice", () => {
    const products = parts.flatMap((part) => {
      const given = new Set(part.inputs.map((x) => x.tensor))
      return nodesOf(
        part.outputs.map((o) => o.tensor),
        (node) => node.outputs.every((t) => given.has(t)),
      ).filter(({ op }) => op.name === "linear" || op.name === "matmul")
    })
    const once = graphNodes(graph).filter(({ op }) => op.name === "linear" || op.name === "matmul")
    expect(products.length).toBe(once.length)
  })

  test("recomputes results of layer norm and GELU that a later part reads", () => {
    expect(parts.length).toBeGreaterThan(4)
    const names = [...kept].filter((t) => bytesOf(t) > 2 ** 16).map((t) => t.node.op.name)
    expect(names).not.toContain("gelu")
    expect(names).not.toContain("layerNorm")
  })

  test("leaves a small graph in one part", () => {
    expect(partition(graph, 2 ** 30).parts.length).toBe(1)
    expect(partition(graph, 2 ** 30).kept.size).toBe(0)
  })
})
