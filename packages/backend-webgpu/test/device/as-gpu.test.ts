import {
  add,
  cast,
  fromNumbers,
  gelu,
  gradients,
  isPrimitive,
  layerNorm,
  linear,
  matmul,
  mean,
  mul,
  optimise,
  type Spec,
  softmax,
  spec,
  sum,
  type Traced,
  toNumbers,
  traceGraph,
} from "@tubelet/core"
import type { Plan } from "@tubelet/core/codegen"
import { interpret, requireClose, sampleValues } from "@tubelet/core/testing"
import { afterAll, describe, expect, test } from "vitest"
import { planGraph, shaderOf } from "../../src/lower.js"
import { gpuBackend } from "../support/as-gpu.js"

const backend = await gpuBackend()
afterAll(() => backend.dispose())

/** Expects the backend, choosing as on a GPU, to match double precision. */
async function expectRight<S extends Record<string, Spec>>(
  specs: S,
  f: (inputs: Traced<S>) => object,
): Promise<Plan> {
  const { graph } = traceGraph(f, specs)
  const values = Object.entries(specs).map(([name, x]) => sampleValues(name, x))
  const expected = interpret(optimise(graph, isPrimitive), values)
  const own = optimise(graph, (op) => isPrimitive(op) || backend.supports(op))
  const program = await backend.compile(own, {})
  const found = program.run(values.map((x, i) => fromNumbers(x, Object.values(specs)[i].dtype)))
  for (const [i, handle] of found.entries()) {
    const actual = toNumbers(await handle.data(), handle.dtype)
    requireClose(graph.outputs[i].path, actual, expected[i], handle)
    handle.dispose()
  }
  await program.dispose()
  return planGraph(own, backend.device)
}

/** Split-K: the batch that each product is split into. */
const parts = ({ kernels }: Plan): number[] =>
  kernels.flatMap((kernel) => (kernel.kind === "matmul" ? [kernel.batch] : []))

async function codeOf(plan: Plan): Promise<string> {
  const kernels = plan.kernels.filter((kernel) => kernel.kind !== "batch")
  const shaders = await Promise.all(kernels.map((kernel) => shaderOf(kernel, plan, backend)))
  return shaders.map(({ code }) => code).join("\n")
}

const f32 = (...shape: number[]): Spec => spec("f32", shape)

describe("split-K", () => {
  const flags = [
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ] as const
  const sizes = [
    // Whole vec4s; odd everywhere; a prime times 3; a row; a column; more than a tile.
    [8, 1024, 12, 4],
    [7, 1029, 9, 3],
    [33, 771, 5, 3],
    [1, 2048, 36, 8],
    [37, 1536, 1, 6],
    [70, 1568, 130, 4],
  ] as const

  test.each(sizes.flatMap((size) => flags.map((flag) => [...size, ...flag] as const)))(
    "%i x %i x %i in %i parts, transposed %s, %s",
    async (m, k, n, count, transposeA, transposeB) => {
      const specs = { a: transposeA ? f32(k, m) : f32(m, k), b: transposeB ? f32(n, k) : f32(k, n) }
      const plan = await expectRight(specs, ({ a, b }) => ({
        y: matmul(a, b, { transposeA, transposeB }),
      }))
      expect(parts(plan)).toEqual([count])
    },
  )

  test("the epilogue follows the sum", async () => {
    const specs = { x: f32(6, 1024), w: f32(20, 1024), bias: f32(20), residual: f32(6, 20) }
    const plan = await expectRight(specs, ({ x, w, bias, residual }) => {
      const y = add(gelu(mul(linear(x, w, bias), 0.02)), residual)
      return { y, means: mean(y, 1), columns: sum(y, 0) }
    })
    expect(parts(plan)).toEqual([4])
  })

  test("weight gradients over the tokens of a batch", async () => {
    const specs = { x: f32(2, 392, 12), w: f32(24, 12), bias: f32(24), g: f32(2, 392, 24) }
    const plan = await expectRight(specs, ({ x, w, bias, g }) => {
      const loss = mean(mul(linear(x, w, bias), g))
      return gradients(loss, { x, w, bias }).grads
    })
    expect(parts(plan)).toContain(2)
  })

  test("batches stay whole, whatever their inner dimension", async () => {
    const specs = { a: f32(3, 6, 1024), b: f32(3, 1024, 7) }
    const plan = await expectRight(specs, ({ a, b }) => ({ y: gelu(mul(matmul(a, b), 0.02)) }))
    expect(parts(plan)).toEqual([3])
  })

  test.each(["f16", "bf16"] as const)("of %s", async (dtype) => {
    const specs = { a: spec(dtype, [9, 1024]), b: spec(dtype, [1024, 20]) }
    const plan = await expectRight(specs, ({ a, b }) => ({ y: matmul(a, b) }))
    expect(parts(plan)).toEqual([4])
  })
})

describe("many invocations share", () => {
  test("rows, by subgroups", async () => {
    const specs = { x: f32(5, 768), scale: f32(768), shift: f32(768) }
    const plan = await expectRight(specs, ({ x, scale, shift }) => ({
      y: layerNorm(x, scale, shift),
    }))
    expect(await codeOf(plan)).toContain("subgroupAdd")
  })

  test("rows, several per workgroup", async () => {
    const plan = await expectRight({ x: f32(90, 100) }, ({ x }) => ({ y: softmax(x) }))
    expect(await codeOf(plan)).toContain("workgroupBarrier")
  })

  test.each(["f32", "f16", "u8"] as const)("columns of %s", async (dtype) => {
    const specs = { x: spec(dtype, [1030, 130]) }
    const plan = await expectRight(specs, ({ x }) => ({ y: sum(mul(cast(x, "f32"), 0.25), 0) }))
    expect(await codeOf(plan)).toContain("workgroupBarrier")
  })

  test("one long sum", async () => {
    const plan = await expectRight({ x: f32(3, 20_000) }, ({ x }) => ({
      all: sum(x),
      rows: mean(x, 1),
    }))
    expect(await codeOf(plan)).toContain("subgroupAdd")
  })

  test("the tiles of a product", async () => {
    const plan = await expectRight({ x: f32(130, 36), w: f32(70, 36) }, ({ x, w }) => ({
      y: linear(x, w),
    }))
    expect(await codeOf(plan)).toContain("tile_a")
  })

  test("the products of one row", async () => {
    const plan = await expectRight({ x: f32(1, 200), w: f32(70, 200) }, ({ x, w }) => ({
      y: linear(x, w),
    }))
    expect(await codeOf(plan)).toContain("workgroupBarrier")
  })
})
