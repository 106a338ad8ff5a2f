import { describe, expect, test } from "vitest"
import {
  candidateTiles,
  chooseTile,
  defaultTile,
  sharedBytes,
  splitK,
  TuningRecord,
  threadsOf,
  tileName,
  tileNamed,
} from "../../src/codegen/index.js"
import { input } from "../../src/index.js"
import type { Matmul } from "../../src/schedule/index.js"

/** The limits that WebGPU guarantees. */
const gpu = { software: false, threads: 256, sharedBytes: 16384 }
const shapes = [
  [1, 1, 1, 1],
  [1, 1, 3072, 768],
  [1, 768, 1, 16],
  [1, 160, 3072, 768],
  [12, 1568, 64, 1568],
] as const
const sizes = shapes.map(([batch, m, n, k]) => ({ batch, m, n, k }))

describe("tiles", () => {
  test.each(sizes)("for %o fit every device, including the default", (shape) => {
    const names = candidateTiles(shape, gpu).map(tileName)
    for (const tile of candidateTiles(shape, gpu)) {
      expect(threadsOf(tile)).toBeLessThanOrEqual(256)
      expect(sharedBytes(tile)).toBeLessThanOrEqual(16384)
      expect(tileNamed(tileName(tile))).toEqual(tile)
    }
    expect(names).toContain(tileName(defaultTile(shape, gpu)))
    expect(names).toContain(tileName(defaultTile(shape, { ...gpu, software: true })))
  })

  test("a CPU gets no barriers", () => {
    for (const shape of sizes) {
      expect(sharedBytes(defaultTile(shape, { ...gpu, software: true }))).toBe(0)
    }
  })

  test("large products get large tiles", () => {
    const tile = defaultTile({ batch: 1, m: 8192, n: 8192, k: 768 }, gpu)
    expect(tileName(tile)).toBe("shared 128x128x16 8x8")
  })
})

describe("splitK", () => {
  const tile = tileNamed("shared 64x64x16 8x4")!

  test("splits k into equal parts of whole vec4s when the output is small", () => {
    expect(splitK({ batch: 1, m: 64, n: 64, k: 8192 }, tile, 96)).toBe(32)
    expect(splitK({ batch: 1, m: 64, n: 64, k: 1568 }, tile, 96)).toBe(4)
  })

  test("does not split what fills the device or has a short k", () => {
    expect(splitK({ batch: 1, m: 1024, n: 1024, k: 8192 }, tile, 96)).toBe(1)
    expect(splitK({ batch: 1, m: 64, n: 64, k: 500 }, tile, 96)).toBe(1)
  })
})

const tensor = input("x", { dtype: "f32", shape: [64] })
const operand = { tensor, offset: 0, strides: [64, 8, 1] }
const kernel: Matmul = {
  kind: "matmul",
  batch: 1,
  m: 8,
  n: 8,
  k: 8,
  a: operand,
  b: operand,
  stores: [],
}
const one = { vendor: "v", architecture: "a", description: "d" }

test("measured tiles survive JSON, separately for each device", () => {
  const measured = new TuningRecord(one)
  const tile = tileNamed("shared 32x64x16 4x4")!
  measured.set(kernel, tile)
  const record = JSON.parse(JSON.stringify(measured))
  expect(new TuningRecord(one, record).get(kernel)).toEqual(tile)
  const other = new TuningRecord({ ...one, architecture: "b" }, record)
  expect(other.get(kernel)).toBeUndefined()
  expect(JSON.parse(JSON.stringify(other))).toEqual(record)
  const transposed = { ...kernel, b: { ...operand, strides: [64, 1, 8] } }
  expect(new TuningRecord(one, record).get(transposed)).toBeUndefined()
})

test("a measured tile that the device cannot run is not chosen", () => {
  const measured = new TuningRecord(one)
  measured.set(kernel, tileNamed("shared 128x128x32 8x8")!)
  expect(tileName(chooseTile(kernel, gpu, measured))).toBe(tileName(defaultTile(kernel, gpu)))
  const larger = { ...gpu, sharedBytes: 32768 }
  expect(tileName(chooseTile(kernel, larger, measured))).toBe("shared 128x128x32 8x8")
})
