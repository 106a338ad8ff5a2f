import {
  adamWStep,
  add,
  compile,
  div,
  exp,
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

/** A step of AdamW with clipped gradients. */
function updateGraph(): Graph {
  const tensors = (name: string): Record<string, Spec> =>
    Object.fromEntries(sizes.map((n, i) => [`${name}${i}`, spec("f32", [n])]))
  const state = { ...tensors("param"), ...tensors("first"), ...tensors("second") }
  const specs: Record<string, Spec> = { ...state, ...tensors("grad"), rate: spec("f32") }
  const f = (t: Traced<typeof specs>) => {
    const grads = sizes.map((_, i) => t[`grad${i}`])
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
      return names.map((name) => [`${name}${i}`, updated[name]] as const)
    })
    return { norm, ...Object.fromEntries(next) }
  }
  return optimise(traceGraph(f, specs, { donate: Object.keys(state) }).graph, isPrimitive)
}

const valuesFor = (graph: Graph): Float64Array[] =>
  graph.inputs.map(({ tensor, path }, n) => {
    // Second moments and learning rates are not negative.
    const moved = path.startsWith("second") || path.startsWith("rate") ? 1.1 : 0
    return Float64Array.from({ length: tensor.size }, (_, i) =>
      Math.fround(0.1 * (Math.sin(i + 3 * n) + moved)),
    )
  })

async function expectUpdates(backend: WebGpuBackend): Promise<void> {
  const graph = updateGraph()
  const program = await backend.compile(graph, {})
  const values = valuesFor(graph)
  const handles = values.map((x, i) => backend.upload(Float32Array.from(x), graph.inputs[i].tensor))
  let before = 0
  for (let step = 0; step < 2; step++) {
    const wanted = interpret(graph, values)
    const arrays = program.run(handles) as WebGpuArray[]
    const found = await Promise.all(arrays.map(async (x) => (await x.data()) as Float32Array))
    for (const [i, y] of wanted.entries()) {
      let worst = 0
      for (const [j, v] of y.entries()) worst = Math.max(worst, Math.abs(found[i][j] - v))
      expect(worst, graph.outputs[i].path).toBeLessThan(2e-6)
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

test("handles may use more buffers than a kernel can bind", async () => {
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
  await expect(all).rejects.toThrow('refused "matmul')
  const maps = await compile(backend, ({ x, y }) => ({ a: exp(x), b: exp(y) }), { specs })
  expect((await maps.costs!()).dispatches).toBe(1)
  await maps.dispose()
  expect(backend.memory().bytesReserved).toBe(0)
  await backend.dispose()
})
