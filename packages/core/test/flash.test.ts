import { describe, expect, test } from "vitest"
import {
  add,
  attention,
  attentionGradientOp,
  attentionOp,
  type Graph,
  gradients,
  graphNodes,
  isPrimitive,
  linear,
  lower,
  mean,
  type Op,
  opsOf,
  optimise,
  permute,
  recompute,
  reshape,
  slice,
  spec,
  square,
  type Tensor,
  traceGraph,
} from "../src/index.js"
import {
  flashAttention,
  flashForwardOp,
  flashGradientKVOp,
  flashGradientQOp,
  schedule,
} from "../src/schedule/index.js"
import { interpret, sampleValues } from "../src/testing/index.js"

const [batch, tokens, memory, heads, size] = [2, 5, 3, 2, 4] as const
const width = heads * size

const supportsAttention = (op: Op) =>
  isPrimitive(op) || op === attentionOp || op === attentionGradientOp

/** [B, N, W] as heads, [B, H, N, D]. */
const split = (x: Tensor, n: number) => permute(reshape(x, [batch, n, heads, size]), [0, 2, 1, 3])
const join = (x: Tensor) => reshape(permute(x, [0, 2, 1, 3]), [batch, -1, width])

/** q, k and v are slices of one product, as in a block. */
function selfAttention(x: Tensor, qkv: Tensor): Tensor {
  const all = permute(reshape(linear(x, qkv), [batch, tokens, 3, heads, size]), [2, 0, 3, 1, 4])
  const part = (i: number) => reshape(slice(all, 0, i, i + 1), [batch, heads, tokens, size])
  return join(attention(part(0), part(1), part(2)))
}

const crossAttention = (x: Tensor, context: Tensor): Tensor =>
  join(attention(split(x, tokens), split(context, memory), split(context, memory), { scale: 0.3 }))

const specs = {
  x: spec("f32", [batch, tokens, width]),
  context: spec("f32", [batch, memory, width]),
  qkv: spec("f32", [3 * width, width]),
  out: spec("f32", [width, width]),
}

const trained = (again: boolean): Graph => {
  const maybe = (f: () => Tensor) => (again ? recompute(f) : f())
  const { graph } = traceGraph(({ x, context, qkv, out }) => {
    const h = maybe(() => add(x, linear(selfAttention(x, qkv), out)))
    const y = maybe(() => linear(crossAttention(h, context), out))
    const loss = mean(square(y))
    return { loss, ...gradients(loss, { x, context, qkv, out }) }
  }, specs)
  return optimise(graph, supportsAttention)
}

const count = (graph: Graph, op: Op): number =>
  graphNodes(graph).filter((node) => node.op === op).length

const evaluate = (graph: Graph) =>
  interpret(
    lower(graph, isPrimitive),
    graph.inputs.map(({ path, tensor }) => sampleValues(path, { ...tensor, range: [-1, 1] })),
  )

describe("flashAttention", () => {
  test.each([
    ["kept", false],
    ["computed again", true],
  ])("changes no number of a training step, activations %s", (_, again) => {
    const before = trained(again)
    const after = flashAttention(before)
    const [expected, actual] = [evaluate(before), evaluate(after)]
    for (const [i, { path }] of before.outputs.entries()) {
      // Both are computed in double precision.
      const error = expected[i].map((x, at) => Math.abs(x - actual[i][at]))
      const largest = Math.max(...expected[i].map(Math.abs))
      expect(Math.max(...error) / largest, path).toBeLessThan(1e-12)
    }
  })

  test("leaves one forward and two backward ops per attention", () => {
    const graph = flashAttention(trained(false))
    expect(opsOf(graph)).not.toContain("attention")
    expect(opsOf(graph)).not.toContain("attentionGradient")
    expect(count(graph, flashForwardOp)).toBe(2)
    expect(count(graph, flashGradientQOp)).toBe(2)
    expect(count(graph, flashGradientKVOp)).toBe(2)
  })

  test("runs the forward op twice if activations are recomputed", () => {
    expect(count(flashAttention(trained(true)), flashForwardOp)).toBe(4)
  })

  test("writes its output in the layout that the projection reads", () => {
    const graph = flashAttention(trained(false))
    const nodes = graphNodes(graph)
    for (const { outputs } of nodes.filter((n) => n.op === flashForwardOp)) {
      const readers = nodes.filter((n) => n.inputs.includes(outputs[0]))
      expect(readers.map((n) => n.op.name)).toContain("reshape")
    }
  })

  test("reads q, k and v directly from their product", () => {
    const { kernels } = schedule(flashAttention(trained(false)))
    const [forward] = kernels.filter((k) => k.kind === "opaque" && k.node.op === flashForwardOp)
    if (forward?.kind !== "opaque") throw new Error("no kernel for flashForward")
    const [q, k, v] = forward.operands
    expect(new Set([q.tensor, k.tensor, v.tensor]).size).toBe(1)
    expect([q.offset, k.offset, v.offset]).toEqual([0, width, 2 * width])
    expect(q.strides).toEqual([tokens * 3 * width, size, 3 * width, 1])
  })

  test("names the shape that does not match", () => {
    const { graph } = traceGraph(({ x }) => ({ y: split(x, tokens) }), { x: specs.x })
    const q = graph.outputs[0].tensor
    const inputs = [q, q, q, q, q, q]
    expect(() => flashGradientQOp.shape(inputs, { scale: 1 })).toThrow(
      /logSumExp and delta f32\[2,2,5\]/,
    )
  })
})
