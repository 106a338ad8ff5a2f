import {
  adamWStep,
  add,
  cast,
  compile,
  type DType,
  div,
  exp,
  fromNumbers,
  type Graph,
  isPrimitive,
  matmul,
  minimum,
  mul,
  optimise,
  type Spec,
  spec,
  sqrt,
  square,
  sum,
  type Traced,
  toNumbers,
  traceGraph,
} from "@tubelet/core"
import { Heap } from "@tubelet/core/codegen"
import { interpret } from "@tubelet/core/testing"
import { expect, test } from "vitest"
import type { WebGpuArray } from "../../src/array.js"
import type { WebGpuBackend } from "../../src/backend.js"
import { webgpuBackend } from "../../src/index.js"
import { planGraph } from "../../src/lower.js"

/** Odd sizes; one with many workgroups; one whose sum is cut into rows that begin anywhere. */
const sizes = [...Array.from({ length: 28 }, (_, i) => 2 + 37 * i), 3 * 3001, 256 * 33]

/**
 * A step of AdamW with clipped gradients. Narrow ones are widened, and a narrow copy of each
 * parameter is a result.
 */
function updateGraph(narrow: DType = "f32"): Graph {
  const tensors = (name: string, dtype: DType = "f32"): Record<string, Spec> =>
    Object.fromEntries(sizes.map((n, i) => [`${name}${i}`, spec(dtype, [n])]))
  const state = { ...tensors("param"), ...tensors("first"), ...tensors("second") }
  const specs: Record<string, Spec> = { ...state, ...tensors("grad", narrow), rate: spec("f32") }
  const f = (t: Traced<typeof specs>) => {
    const grads = sizes.map((_, i) => cast(t[`grad${i}`], "f32"))
    const norm = sqrt(grads.map((g) => sum(square(g))).reduce((a, b) => add(a, b)))
    const factor = minimum(div(0.5, add(norm, 1e-6)), 1)
    const next = grads.flatMap((g, i) => {
      const names = ["param", "first", "second"] as const
      const [param, first, second] = names.map((name) => t[`${name}${i}`])
      const updated = adamWStep(
        {
          param: param,
          grad: mul(g, factor),
          first: first,
          second: second,
          learningRate: t.rate,
          weightDecay: t.rate,
          correction1: t.rate,
          correction2: t.rate,
        },
        { beta1: 0.9, beta2: 0.95, eps: 1e-8 },
      )
      const next = names.map((name) => [`${name}${i}`, updated[name]] as const)
      const copy = [`copy${i}`, cast(updated.param, narrow)] as const
      return narrow === "f32" ? next : [...next, copy]
    })
    return { norm, ...Object.fromEntries(next) }
  }
  return optimise(traceGraph(f, specs, { donate: Object.keys(state) }).graph, isPrimitive)
}

const valuesFor = (graph: Graph): Float64Array[] =>
  graph.inputs.map(({ tensor, path }, n) => {
    // Second moments and learning rates are not negative.
    const moved = path.startsWith("second") || path.startsWith("rate") ? 1.1 : 0
    const values = Float64Array.from({ length: tensor.size }, (_, i) =>
      Math.fround(0.1 * (Math.sin(i + 3 * n) + moved)),
    )
    return toNumbers(fromNumbers(values, tensor.dtype), tensor.dtype)
  })

async function expectUpdates(backend: WebGpuBackend, narrow?: DType): Promise<void> {
  const graph = updateGraph(narrow)
  const program = await backend.compile(graph, {})
  const values = valuesFor(graph)
  const handles = values.map((x, i) => {
    const { tensor } = graph.inputs[i]
    return backend.upload(fromNumbers(x, tensor.dtype), tensor)
  })
  let before = 0
  for (let step = 0; step < 2; step++) {
    const wanted = interpret(graph, values)
    const arrays = program.run(handles) as WebGpuArray[]
    const found = await Promise.all(arrays.map(async (x) => toNumbers(await x.data(), x.dtype)))
    for (const [i, y] of wanted.entries()) {
      let worst = 0
      for (const [j, v] of y.entries()) worst = Math.max(worst, Math.abs(found[i][j] - v))
      const { path, tensor } = graph.outputs[i]
      expect(worst, path).toBeLessThan(tensor.dtype === "f32" ? 2e-6 : 2 ** -9)
    }
    // The next step starts from what the device has.
    for (const [i, { into }] of graph.outputs.entries()) {
      if (into !== undefined) values[into] = Float64Array.from(found[i])
    }
    if (step === 0) before = backend.buffers.count
    else expect(backend.buffers.count).toBe(before)
  }
  await program.dispose()
}

test("AdamW on thirty clipped gradients takes few dispatches", async () => {
  const backend = (await webgpuBackend()) as WebGpuBackend
  const kinds = planGraph(updateGraph(), backend.device).kernels
  const batches = kinds.flatMap((x) => (x.kind === "batch" ? [x.members.length] : []))
  expect(batches).toEqual([30, 2, 30])
  expect(kinds.length).toBeLessThanOrEqual(6)
  await expectUpdates(backend)
  await backend.dispose()
})

test.each(["f16", "bf16"] as const)(
  "so does AdamW of thirty gradients in %s, with copies of the parameters",
  async (dtype) => {
    const backend = (await webgpuBackend()) as WebGpuBackend
    const { kernels } = planGraph(updateGraph(dtype), backend.device)
    const batches = kernels.flatMap((x) => (x.kind === "batch" ? [x.members.length] : []))
    expect(batches).toEqual([30, 2, 30])
    expect(kernels.length).toBeLessThanOrEqual(6)
    await expectUpdates(backend, dtype)
    await backend.dispose()
  },
)

test("handles may lie in more buffers than a kernel can bind", async () => {
  const backend = (await webgpuBackend()) as WebGpuBackend
  const limits = { ...backend.heap.limits, largestChunk: 16384 }
  Object.assign(backend, { heap: new Heap(backend.heap.device, limits) })
  await expectUpdates(backend)
  await backend.dispose()
})

test("a failed compilation leaves nothing of its batches behind", async () => {
  const backend = (await webgpuBackend()) as WebGpuBackend
  const { gpu } = backend
  const createShaderModule = gpu.createShaderModule.bind(gpu)
  gpu.createShaderModule = (asked) =>
    createShaderModule(asked.label!.startsWith("matmul") ? { ...asked, code: "no WGSL" } : asked)
  const specs = { x: spec("f32", [4]), y: spec("f32", [8]), m: spec("f32", [4, 4]) }
  const all = compile(backend, ({ x, y, m }) => ({ a: exp(x), b: exp(y), c: matmul(m, m) }), {
    specs,
  })
  await expect(all).rejects.toThrow('rejected "matmul')
  const maps = await compile(backend, ({ x, y }) => ({ a: exp(x), b: exp(y) }), { specs })
  expect((await maps.costs!()).dispatches).toBe(1)
  await maps.dispose()
  expect(backend.memory().bytesReserved).toBe(0)
  await backend.dispose()
})
