import { expect, test } from "vitest"
import {
  add,
  attention,
  broadcast,
  exp,
  type Graph,
  gatherRows,
  isPrimitive,
  matmul,
  mul,
  optimise,
  permute,
  reshape,
  spec,
  sum,
  type Tensor,
  type Traced,
  traceGraph,
} from "../../src/index.js"
import { leastBytes, workOf } from "../../src/measure/index.js"
import { flashAttention, schedule } from "../../src/schedule/index.js"

const specs = {
  x: spec("f32", [8, 6]),
  y: spec("f32", [8, 6]),
  row: spec("f32", [6]),
  index: spec("i32", [3]),
  q: spec("f32", [1, 2, 5, 4]),
  k: spec("f32", [1, 2, 7, 4]),
}

const composites = new Set(["attention", "attentionGradient"])

function graphOf(f: (inputs: Traced<typeof specs>) => object): Graph {
  const { graph } = traceGraph(f, specs)
  return flashAttention(optimise(graph, (op) => isPrimitive(op) || composites.has(op.name)))
}

const kernelsOf = (f: Parameters<typeof graphOf>[0]) => schedule(graphOf(f)).kernels
const workOfAll = (f: Parameters<typeof graphOf>[0]) => kernelsOf(f).map(workOf)

test("a map reads each operand once and writes its result", () => {
  const work = workOfAll(({ x, row }) => ({ z: add(mul(x, x), broadcast(row, [8, 6])) }))
  expect(work).toEqual([{ bytes: 4 * (48 + 6 + 48), flops: 0 }])
})

test("a gather reads only the selected rows of a table", () => {
  const work = workOfAll(({ x, index }) => ({ z: exp(gatherRows(x, index)) }))
  expect(work).toEqual([{ bytes: 4 * (18 + 18 + 3), flops: 0 }])
})

test("a product reads transposed and repeated operands once", () => {
  const turned = workOfAll(({ x, y }) => ({ z: matmul(permute(x, [1, 0]), y) }))
  expect(turned).toEqual([{ bytes: 4 * (48 + 48 + 36), flops: 2 * 6 * 8 * 6 }])
  const repeated = workOfAll(({ x, y }) => ({
    z: matmul(
      broadcast(reshape(x, [1, 8, 6]), [3, 8, 6]),
      broadcast(reshape(y, [1, 8, 6]), [3, 8, 6]),
      { transposeB: true },
    ),
  }))
  expect(repeated.at(-1)).toEqual({ bytes: 4 * (48 + 48 + 192), flops: 2 * 3 * 8 * 6 * 8 })
})

test("attention counts as two products, and its scores cause no traffic", () => {
  const [work] = workOfAll(({ q, k }) => ({ z: attention(q, k, k) }))
  expect(work).toEqual({ bytes: 4 * (40 + 56 + 40 + 10), flops: 2 * 2 * (2 * 5 * 7 * 4) })
})

test("the least bytes of a map are its inputs and results", () => {
  const kernels = kernelsOf(({ x, y }) => {
    const shared = exp(x)
    return { product: matmul(shared, y, { transposeB: true }), total: sum(shared, 0) }
  })
  const isOutside = (t: Tensor) => t.node.op.name === "input"
  const least = kernels.map((kernel) => leastBytes(kernel, isOutside))
  const moved = kernels.map((kernel) => workOf(kernel).bytes)
  const [map, ...others] = kernels.map((_, i) => i)
  expect(moved[map]).toBe(4 * 96)
  expect(least[map]).toBe(4 * 48)
  for (const i of others) expect(least[i]).toBe(moved[i])
})
