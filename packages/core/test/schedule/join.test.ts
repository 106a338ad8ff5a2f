import { expect, test } from "vitest"
import {
  apply,
  attention,
  attentionGradientOp,
  attentionOp,
  concat,
  type Graph,
  gradients,
  isPrimitive,
  mul,
  optimise,
  permute,
  reshape,
  slice,
  spec,
  sum,
  type Tensor,
  traceGraph,
} from "../../src/index.js"
import {
  flashAttention,
  flashGradientKVOp,
  flashGradientQOp,
  schedule,
  writesOf,
} from "../../src/schedule/index.js"
import { interpret } from "../../src/testing/index.js"
import { runKernels } from "../support/run-kernels.js"

const [batch, tokens, heads, size] = [2, 5, 3, 4] as const
const width = heads * size
const whole = [attentionOp, attentionGradientOp, flashGradientQOp, flashGradientKVOp]
const supports = new Set(whole.map(({ name }) => name))

/** Kernels, which must compute what the interpreter does. */
function kernelsOf(
  outputs: (x: Tensor, g: Tensor) => Record<string, Tensor>,
  places = (_: Tensor) => 1,
) {
  const specs = {
    x: spec("f32", [batch, tokens, 3 * width]),
    g: spec("f32", [batch, tokens, width]),
  }
  const { graph } = traceGraph(({ x, g }) => outputs(x, g), specs)
  const prepared: Graph = flashAttention(
    optimise(graph, (op) => isPrimitive(op) || supports.has(op.name)),
  )
  const scheduled = schedule(prepared, { places })
  const values = graph.inputs.map(({ tensor }, n) =>
    Float64Array.from({ length: tensor.size }, (_, i) => Math.sin(i * (n + 2))),
  )
  const expected = interpret(optimise(graph, isPrimitive), values)
  for (const [i, found] of runKernels(prepared, scheduled, values).entries()) {
    for (const [j, y] of found.entries()) expect(y).toBeCloseTo(expected[i][j], 10)
  }
  return scheduled.kernels
}

const headsOf = (x: Tensor): Tensor[] => {
  const all = permute(reshape(x, [batch, tokens, 3, heads, size]), [2, 0, 3, 1, 4])
  return [0, 1, 2].map((i) => reshape(slice(all, 0, i, i + 1), [batch, heads, tokens, size]))
}

const lossOf = ([q, k, v]: readonly Tensor[], g: Tensor): Tensor => {
  const mixed = reshape(permute(attention(q, k, v), [0, 2, 1, 3]), [batch, tokens, width])
  return sum(mul(mixed, g))
}

const gradientKernels = (kernels: ReturnType<typeof kernelsOf>) =>
  kernels.filter((k) => k.kind === "opaque" && k.node.op.name.startsWith("flashGradient"))

test("the cotangents of q, k and v are written into the cotangent of their product", () => {
  const kernels = kernelsOf((x, g) => gradients(lossOf(headsOf(x), g), { x }).grads)
  const writing = gradientKernels(kernels)
  expect(new Set(writing.flatMap(writesOf)).size).toBe(1)
  // The only other kernel sums g times the output for each query.
  expect(kernels.map(({ kind }) => kind)).toEqual(["opaque", "nest", "opaque", "opaque"])
  const places = writing.flatMap((k) => (k.kind === "opaque" ? k.results : []))
  const strides = [tokens * 3 * width, 3 * width, size, 1]
  expect(places.map((place) => [place.offset, place.strides])).toEqual(
    [0, width, 2 * width].map((offset) => [offset, strides]),
  )
})

/** dQ, dK and dV separately, as [batch, tokens, heads, size]. */
function cotangents(x: Tensor, g: Tensor): Tensor[] {
  const [q, k, v] = headsOf(x) as [Tensor, Tensor, Tensor]
  const shaped = permute(reshape(g, [batch, tokens, heads, size]), [0, 2, 1, 3])
  const inputs = [q, k, v, shaped, sum(q, -1), sum(v, -1)]
  return [flashGradientQOp, flashGradientKVOp].flatMap((op) => apply(op, inputs, { scale: 0.5 }))
}

test.each([
  ["one is an output", ([dQ]: Tensor[]) => ({ dQ: dQ })],
  ["one has another reader", ([, , dV]: Tensor[]) => ({ twice: mul(dV, 2) })],
  ["one appears twice", ([, dK]: Tensor[]) => ({ pair: concat([dK, dK], 3) })],
])("results are stored separately if %s", (_, other) => {
  const kernels = kernelsOf((x, g) => {
    const all = cotangents(x, g)
    return { joined: concat(all, 2), ...other(all) }
  })
  expect(new Set(gradientKernels(kernels).flatMap(writesOf)).size).toBe(3)
})

test("or if the joined tensor would need more bindings", () => {
  const places = (t: Tensor) => (t.size > batch * tokens * width ? 2 : 1)
  const kernels = kernelsOf((x, g) => gradients(lossOf(headsOf(x), g), { x }).grads, places)
  expect(new Set(gradientKernels(kernels).flatMap(writesOf)).size).toBe(3)
})

test("or next to a value that must be computed", () => {
  const kernels = kernelsOf((x, g) => {
    const [q, k, v] = headsOf(x) as [Tensor, Tensor, Tensor]
    return gradients(lossOf([mul(q, 2), k, v], g), { x }).grads
  })
  expect(new Set(gradientKernels(kernels).flatMap(writesOf)).size).toBe(3)
})
