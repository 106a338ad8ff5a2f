import { describe, expect, test } from "vitest"
import { smallBackend } from "../../../../examples/small-backend/backend.js"
import { javascript } from "../../../../examples/small-backend/dialect.js"
import type { Dialect } from "../../src/codegen/index.js"
import { planGraph } from "../../src/codegen/index.js"
import {
  add,
  cast,
  gradients,
  isPrimitive,
  layerNorm,
  matmul,
  optimise,
  spec,
  sum,
  type Tensor,
  traceGraph,
} from "../../src/index.js"
import { type Matmul, readsOf, schedule, writesOf } from "../../src/schedule/index.js"
import { conformanceCases, interpret } from "../../src/testing/index.js"
import { runKernels } from "../support/run-kernels.js"

/** As gpu.js and WebGL are: a thread writes one number, and no texture that it reads. */
const textures: Dialect = {
  ...javascript,
  robustAccess: false,
  limits: { results: 1, inPlace: false, wideProducts: false },
}

describe("a language of one result a kernel, without vectors, teams and updates in place", () => {
  const backend = smallBackend(textures)
  for (const c of conformanceCases()) test(c.name, () => c.run(backend))
})

const norm = { x: spec("f32", [4, 6]), w: spec("f32", [6]), b: spec("f32", [6]) }

test("a kernel of several results becomes several of one, and reads nothing that it writes", () => {
  const { graph: traced } = traceGraph(
    ({ x, w, b }) => {
      const y = layerNorm(x, w, b)
      const { grads } = gradients(sum(y), { w, b })
      return { x: add(y, x), w: add(w, grads.w), b: add(b, grads.b) }
    },
    norm,
    { donate: ["x", "w", "b"] },
  )
  const graph = optimise(traced, isPrimitive)
  const written = (limits: Dialect["limits"]) =>
    schedule(graph, limits).kernels.map((kernel) => new Set(writesOf(kernel)).size)
  expect(Math.max(...written(javascript.limits))).toBeGreaterThan(1)
  expect(Math.max(...written(textures.limits))).toBe(1)
  expect(schedule(graph, javascript.limits).inPlace.size).toBe(3)
  const { kernels, inPlace } = schedule(graph, textures.limits)
  expect(inPlace.size).toBe(0)
  for (const kernel of kernels) {
    for (const t of writesOf(kernel)) expect(readsOf(kernel).has(t)).toBe(false)
  }
})

describe("a product of 16-bit floats gives f32", () => {
  const specs = { a: spec("bf16", [3, 5]), b: spec("bf16", [4, 5]) }
  const { graph } = traceGraph(({ a, b }) => {
    const y = matmul(a, b, { transposeB: true, out: "f32" })
    return { y, ...gradients(sum(y), { a, b }).grads }
  }, specs)
  const planned = (wideProducts: boolean) =>
    planGraph(optimise(graph, isPrimitive), {
      language: { ...javascript.limits, wideProducts },
      ...{ alignment: 4, partBytes: 2 ** 20, operands: 8, batchBuffers: 8 },
      splitK: () => 1,
    })
  /** The types that the product takes and gives. */
  const typesOf = (wideProducts: boolean): string[] => {
    const { graph, kernels } = planned(wideProducts)
    const [{ tensor: y }] = graph.outputs
    const product = kernels.find((k) => k.kind === "matmul" && writesOf(k).includes(y)) as Matmul
    return [product.a.tensor, product.b.tensor, product.stores[0].value].map((x) => x.dtype)
  }

  test("from its operands as they are, where the language can", () => {
    expect(typesOf(true)).toEqual(["bf16", "bf16", "f32"])
  })

  test("from operands that were widened, where it cannot", () => {
    expect(typesOf(false)).toEqual(["f32", "f32", "f32"])
  })

  test("the sums are the same, and gradients have the operands' type", () => {
    const values = [15, 20].map((size) => Float64Array.from({ length: size }, (_, i) => i % 4))
    const expected = interpret(optimise(graph, isPrimitive), values)
    for (const wide of [true, false]) {
      const plan = planned(wide)
      const found = runKernels(plan.graph, schedule(plan.graph), values)
      expect(found).toEqual(expected)
    }
    expect(graph.outputs.map(({ tensor }) => tensor.dtype)).toEqual(["f32", "bf16", "bf16"])
  })

  test("and f32 only: not another type of 16 bits", () => {
    const wrong = (a: Tensor) => matmul(a, cast(a, "bf16"), { out: "f16" })
    expect(() => traceGraph(({ x }) => ({ y: wrong(x) }), { x: spec("bf16", [2, 2]) })).toThrow(
      "matmul(bf16[2,2], bf16[2,2]): cannot return f16",
    )
  })
})
