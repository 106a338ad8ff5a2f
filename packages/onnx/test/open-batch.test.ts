import {
  add,
  broadcast,
  concat,
  constant,
  matmul,
  max,
  optimise,
  reshape,
  type Spec,
  slice,
  spec,
  sum,
  type Tensor,
  traceGraph,
} from "@tubelet/core"
import { InferenceSession, Tensor as Value } from "onnxruntime-node"
import { describe, expect, test } from "vitest"
import { type OnnxOptions, openBatch, portableSupports, toOnnx } from "../src/index.js"

type Named<T> = Record<string, T>

/** The file of a function of tensors whose first dimension is the batch. */
function fileOf<S extends Named<Spec>>(
  f: (inputs: { [K in keyof S]: Tensor }) => Named<Tensor>,
  specs: S,
  options: OnnxOptions = {},
) {
  const { graph } = traceGraph(f as (inputs: Named<Tensor>) => Named<Tensor>, specs as Named<Spec>)
  return toOnnx(optimise(graph, portableSupports), { portable: true, ...options })
}

/** The product of every pair of samples: [batch, batch]. */
function pairs(x: Tensor): Tensor {
  const flat = reshape(x, [openBatch, 6])
  return matmul(flat, flat, { transposeB: true })
}

const rows = { x: spec("f32", [openBatch, 2, 3]) }

async function run(bytes: Uint8Array, batch: number) {
  const session = await InferenceSession.create(bytes)
  const data = Float32Array.from({ length: batch * 6 }, (_, i) => i)
  return session.run({ x: new Value("float32", data, [batch, 2, 3]) })
}

describe("a file for any batch size", () => {
  test.each([1, 2, 5])(
    "works through reshapes, broadcasts and concatenations: %d",
    async (batch) => {
      const row = constant([100, 200, 300], [1, 1, 3])
      const { bytes } = fileOf(
        ({ x }) => ({
          flat: reshape(x, [openBatch * 2, 3]),
          first: concat([broadcast(row, [openBatch, 1, 3]), x], 1),
          square: matmul(x, x, { transposeB: true }),
          total: sum(x, 0),
          most: max(x, [1, 2]),
        }),
        rows,
      )
      const { flat, first, square, total, most } = await run(bytes, batch)
      expect(flat.dims).toEqual([2 * batch, 3])
      expect(first.dims).toEqual([batch, 3, 3])
      expect([...(first.data as Float32Array)].slice(-9, -6)).toEqual([100, 200, 300])
      expect([...(square.data as Float32Array)].slice(0, 4)).toEqual([5, 14, 14, 50])
      expect(total.data).toHaveLength(6)
      expect([...(most.data as Float32Array)]).toEqual(
        Array.from({ length: batch }, (_, i) => 6 * i + 5),
      )
    },
  )

  test("declares it by name", async () => {
    const { bytes } = fileOf(({ x }) => ({ y: add(x, 1) }), rows)
    const { inputMetadata } = await InferenceSession.create(bytes)
    expect(inputMetadata[0]).toMatchObject({ name: "x", shape: ["batch", 2, 3] })
  })

  test.each([
    ["a constant", (x: Tensor) => add(x, constant(new Float32Array(openBatch), [openBatch, 1, 1]))],
    ["a cut", (x: Tensor) => slice(x, 0, 1)],
    ["a reshape to two lengths", (x: Tensor) => reshape(pairs(x), [openBatch, openBatch, 1])],
  ])("rejects %s that depends on it", (_, f) => {
    expect(() => fileOf(({ x }) => ({ y: f(x) }), rows)).toThrow(
      /cannot be exported with a symbolic batch/,
    )
  })
})

test("stored inputs that nobody reads are left out", () => {
  const specs = { ...rows, weight: spec("f32", [3]), unused: spec("f32", [2]) }
  const stored = new Map([
    ["weight", Float32Array.of(1, 2, 3)],
    ["unused", Float32Array.of(4, 5)],
  ])
  const { bytes, inputs } = fileOf(({ x, weight }) => ({ y: add(x, weight) }), specs, { stored })
  expect(inputs).toEqual(["x"])
  expect(Buffer.from(bytes).includes("weight")).toBe(true)
  expect(Buffer.from(bytes).includes("unused")).toBe(false)
})
