import {
  add,
  attention,
  cast,
  compile,
  concat,
  constant,
  type DType,
  fromNumbers,
  gatherRows,
  gelu,
  gradients,
  isPrimitive,
  layerNorm,
  less,
  linear,
  matmul,
  mul,
  optimise,
  permute,
  reshape,
  type Shape,
  scatterRows,
  select,
  softmax,
  spec,
  split,
  square,
  sum,
  type Tensor,
  toNumbers,
  traceGraph,
} from "@tubelet/core"
import { afterAll, describe, expect, test } from "vitest"
import { allocate } from "../../src/array.js"
import { WebGpuBackend } from "../../src/backend.js"
import { factsOf } from "../../src/device/facts.js"
import { supports, webgpuBackend } from "../../src/index.js"
import { planGraph } from "../../src/lower.js"

const whole = (await webgpuBackend()) as WebGpuBackend
afterAll(() => whole.dispose())

/** A backend on the same device with bindings limited to `bytes`. */
function binding(partBytes: number, operands = 12): WebGpuBackend {
  const { limits, ...facts } = factsOf(whole.gpu)
  const narrow = {
    ...limits,
    maxStorageBufferBindingSize: partBytes,
    maxStorageBuffersPerShaderStage: operands,
  }
  const device = { ...facts, limits: narrow }
  return new WebGpuBackend(whole.gpu, { owned: false }, { tune: false }, device)
}

const valuesOf = (size: number, seed: number) =>
  Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + 3 * seed))

/** The results of a function on a backend for fixed inputs. */
async function computed(
  backend: WebGpuBackend,
  f: (...inputs: Tensor[]) => Tensor[],
  shapes: readonly Shape[],
  dtype: DType,
): Promise<number[][]> {
  const specs = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, spec(dtype, shape)]))
  const record = (tensors: readonly Tensor[]) => Object.fromEntries(tensors.map((y, i) => [i, y]))
  const program = await compile(backend, (x) => record(f(...Object.values(x))), { specs })
  const values = Object.values(specs).map((s, i) => {
    const size = s.shape.reduce((a, b) => a * b, 1)
    return [`x${i}`, backend.upload(fromNumbers(valuesOf(size, i), dtype), s)] as const
  })
  const found = Object.values(program.run(Object.fromEntries(values)))
  const numbers = await Promise.all(found.map(async (y) => toNumbers(await y.data(), y.dtype)))
  for (const handle of [...values.map(([, x]) => x), ...found]) handle.dispose()
  await program.dispose()
  return numbers.map((x) => [...x])
}

const gradientsOf = (y: Tensor, ...inputs: Tensor[]): Tensor[] => {
  const named = Object.fromEntries(inputs.map((x, i) => [i, x]))
  return Object.values(gradients(sum(square(y)), named).grads)
}

/** Row numbers, some repeated. */
const rows = constant(
  Int32Array.from({ length: 70 }, (_, i) => (i * i) % 37),
  [70],
  "i32",
)

/** Functions whose tensors need two to five parts of 4 KiB, or 2.5 KiB at 16 bits. */
const cases: Record<string, [(...inputs: Tensor[]) => Tensor[], ...Shape[]]> = {
  "maps, with a broadcast": [(x, b) => [gelu(add(x, b)), mul(x, 3)], [41, 60], [60]],
  "equal maps that do not batch": [(x, y) => [gelu(x), gelu(y)], [41, 60], [41, 60]],
  "view ops that cross parts": [
    (x) => [add(permute(x, [1, 0]), 1), concat([x, mul(x, x)], 1)],
    [30, 67],
  ],
  "sums of rows, of columns and of all": [
    (x) => [sum(x, 0), sum(x, 1), sum(x), softmax(x)],
    [37, 64],
  ],
  "layer norm and its gradients": [
    (x, w, b) => {
      const y = layerNorm(x, w, b)
      return [y, ...gradientsOf(y, x, w, b)]
    },
    [33, 70],
    [70],
    [70],
  ],
  "products with epilogues, both gradients": [
    (x, w, b) => {
      const y = gelu(linear(x, w, b))
      return [y, ...gradientsOf(y, x, w, b)]
    },
    [66, 35],
    [44, 35],
    [44],
  ],
  "rows by index, and their sums": [
    (x) => [gatherRows(x, rows), scatterRows(gatherRows(square(x), rows), rows, 37)],
    [37, 68],
  ],
  "single-byte elements, and back": [
    (x) => [
      less(x, 0.3),
      cast(mul(x, 100), "u8"),
      cast(mul(x, 100), "i32"),
      select(less(x, 0), x, 2),
    ],
    [70, 50],
  ],
  "batched products of all transposes": [
    (a, b) => [
      matmul(a, b, { transposeB: true }),
      matmul(a, b, { transposeA: true }),
      matmul(permute(a, [0, 2, 1]), b),
    ],
    [3, 29, 29],
    [3, 29, 29],
  ],
  "attention and its gradients": [
    (x) => {
      const heads = permute(reshape(x, [1, 20, 3, 2, 32]), [2, 0, 3, 1, 4])
      const [q, k, v] = split(reshape(heads, [3, 2, 20, 32]), 3, 0)
      const y = attention(q, k, v)
      return [y, ...gradientsOf(y, x)]
    },
    [20, 192],
  ],
}

describe.each([
  ["f32", 4096, 1e-5],
  // Kernels are cut elsewhere and round what they store.
  ["f16", 2560, 1e-2],
] as const)("%s give the same with tensors in parts", (dtype, partBytes, tolerance) => {
  for (const [name, [f, ...shapes]] of Object.entries(cases)) {
    test(name, async () => {
      const parts = binding(partBytes)
      const found = await computed(parts, f, shapes, dtype)
      const wanted = await computed(whole, f, shapes, dtype)
      for (const [i, y] of found.entries()) {
        for (const [j, x] of y.entries()) {
          const most = tolerance * (1 + Math.abs(wanted[i][j]))
          expect(Math.abs(x - wanted[i][j]), `result ${i}, element ${j}`).toBeLessThan(most)
        }
      }
      expect(parts.memory().bytesInUse).toBe(0)
      await parts.dispose()
    })
  }
})

test("intermediates are in buffers that batches can bind whole", () => {
  const specs = { x: spec("f32", [60, 60]) }
  const { graph } = traceGraph(({ x }) => ({ y: softmax(matmul(x, x)) }), specs)
  const known = optimise(graph, (op) => isPrimitive(op) || supports(op))
  const { slabs } = planGraph(known, binding(4096).device)
  expect(slabs.length).toBeGreaterThan(1)
  expect(Math.max(...slabs)).toBeLessThanOrEqual(4096)
})

test("handles of every dtype round-trip", async () => {
  const parts = binding(1024)
  for (const dtype of ["f32", "f16", "i32", "u8", "bool"] as const) {
    const given = fromNumbers(
      Array.from({ length: 2500 }, (_, i) => (dtype === "bool" ? i % 2 : i % 251)),
      dtype,
    )
    const handle = parts.upload(given, spec(dtype, [2500]))
    expect(await handle.data()).toEqual(given)
    handle.dispose()
  }
  expect(parts.memory().bytesInUse).toBe(0)
  await parts.dispose()
})

test("donated handles, and a handle under two names, can be in parts too", async () => {
  const parts = binding(1024)
  const specs = { x: spec("f32", [700]), y: spec("f32", [700]) }
  const f = await compile(parts, ({ x, y }) => ({ x: add(x, mul(y, 2)) }), { specs, donate: ["x"] })
  const values = Float32Array.from(valuesOf(700, 0))
  const [x, y] = [0, 1].map(() => parts.upload(values, specs.x))
  f.run({ x: x, y: y })
  expect(await x.data()).toEqual(values.map((v) => v + 2 * v))
  const g = await compile(parts, ({ x, y }) => ({ z: add(x, y) }), { specs })
  const { z } = g.run({ x: y, y: y })
  expect(await z.data()).toEqual(values.map((v) => v + v))
  await parts.dispose()
})

test("a kernel with too many bindings is refused by name", async () => {
  const parts = binding(1024, 8)
  const specs = { x: spec("f32", [2000]) }
  const program = compile(parts, ({ x }) => ({ y: add(x, 1) }), { specs })
  await expect(program).rejects.toThrow("f32[2000] of input is too large")
  await expect(program).rejects.toThrow(/needs \d+ bindings of 0.0 MiB; .* has 8/)
  await parts.dispose()
})

test("a concatenation of few tensors is split if they have too many parts", async () => {
  const parts = binding(1024)
  const join = (...xs: Tensor[]) => [concat(xs)]
  // Two parts each, and five for the result: thirteen bindings, of which there are twelve.
  const shapes = Array.from({ length: 4 }, () => [300])
  const wanted = shapes.flatMap(([size], i) => [...Float32Array.from(valuesOf(size, i))])
  expect(await computed(parts, join, shapes, "f32")).toEqual([wanted])
  expect(parts.memory().bytesInUse).toBe(0)
  await parts.dispose()
})

test("a tensor takes no memory if one of its parts does not fit", async () => {
  const parts = binding(4096)
  Object.assign(parts.buffers, { memoryBytes: 3 * 4096 })
  expect(() => allocate(parts, spec("f32", [4096]))).toThrow("out of GPU memory for f32[4096]")
  expect(parts.memory().bytesInUse).toBe(0)
  allocate(parts, spec("f32", [3072])).dispose()
  await parts.dispose()
})
