import { attention, compile, spec } from "@tubelet/core"
import { flashForwardOp, stridesOf } from "@tubelet/core/schedule"
import { describe, expect, test } from "vitest"
import { webgpuBackend } from "../../src/index.js"
import { flashTiles } from "../../src/wgsl/flash/tile.js"
import { type Case, deviationsOf, f32, layouts, least, opaqueOf } from "../support/attention.js"

const sized = (batch: number, heads: number, queries: number, keys: number, size: number) => ({
  sizes: { batch, heads, queries, keys, size },
})

describe("attention and its gradients agree with double precision", () => {
  const cases: [string, Case][] = [
    [
      "parts of one product",
      { ...sized(2, 3, 37, 37, 32), layout: layouts["parts of one product"] },
    ],
    ["more keys", { ...sized(1, 2, 7, 70, 64), layout: layouts["k and v of one product"] }],
    ["more queries", { ...sized(1, 1, 40, 3, 3), layout: layouts["row-major"] }],
    [
      "scattered heads",
      { ...sized(2, 2, 19, 9, 5), layout: layouts["heads transposed, at odd places"] },
    ],
    ["large scores", { ...sized(1, 1, 33, 40, 88), layout: layouts["row-major"], range: 3 }],
    [
      "scores far below zero",
      { ...sized(1, 1, 9, 5, 4), layout: layouts["row-major"], range: 0.5, apart: 7 },
    ],
    [
      "the largest tile",
      {
        ...sized(1, 1, 65, 70, 80),
        layout: layouts["k and v of one product"],
        tile: { rows: 64, columns: 64 },
      },
    ],
  ]
  test.each(cases)("%s", async (_, one) => {
    for (const [name, { error, largest }] of Object.entries(await deviationsOf(one))) {
      expect(error / largest, name).toBeLessThanOrEqual(1e-5)
    }
  })
})

describe("tiles", () => {
  const kernelOf = (queries: number, size: number) => {
    const shape = [1, 2, queries, size]
    const operand = { tensor: f32(shape), offset: 0, strides: stridesOf(shape) }
    return opaqueOf(flashForwardOp, [operand, operand, operand], [shape, shape, shape], 1)
  }
  test.each([3, 32, 64, 80, 88, 128])("heads of %i fit everywhere", (size) => {
    expect(flashTiles(kernelOf(160, size), least)).not.toHaveLength(0)
  })
  test("few rows get small tiles of at least 32 threads, many get large ones", () => {
    const limits = { ...least, maxComputeWorkgroupStorageSize: 32768 }
    expect(flashTiles(kernelOf(16, 64), limits)[0]).toEqual({ rows: 16, columns: 32 })
    expect(flashTiles(kernelOf(1568, 64), limits)[0]).toEqual({ rows: 64, columns: 64 })
  })
  test("none fits heads of thousands", () => {
    expect(flashTiles(kernelOf(16, 4096), least)).toHaveLength(0)
  })
  test("respect the backend's limits", async () => {
    const backend = await webgpuBackend()
    const { device } = backend
    const limits = { ...(device.limits as object), maxComputeWorkgroupStorageSize: 1024 }
    Object.assign(backend, { device: { ...device, limits } })
    const specs = { q: spec("f32", [1, 2, 16, 64]) }
    const made = compile(backend, ({ q }) => ({ y: attention(q, q, q) }), { specs })
    await expect(made).rejects.toThrow(/attention heads of size 64 do not fit .*it has 1024 bytes/s)
    await backend.dispose()
  })
})
