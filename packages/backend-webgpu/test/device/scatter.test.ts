import {
  apply,
  fromNumbers,
  type HostArray,
  input,
  scatterRowsOp,
  type Tensor,
} from "@tubelet/core"
import { inItself, type OpaqueKernel, type Strided, stridesOf } from "@tubelet/core/schedule"
import { sampleValues } from "@tubelet/core/testing"
import { describe, expect, test } from "vitest"
import { sourceOver } from "../../src/wgsl/memory.js"
import { printScatterRows } from "../../src/wgsl/scatter.js"
import { inOnePart, openDevice, run } from "../support/gpu.js"

const device = await openDevice()

interface Case {
  /** Of the index. */
  readonly places: readonly number[]
  readonly row: readonly number[]
  readonly count: number
  /** Rows are slices of something larger: of each token but the first, the second of three. */
  readonly isPart?: boolean
}

/** Rows are hit often, once or never. */
const indicesFor = (size: number, count: number): Int32Array =>
  Int32Array.from({ length: size }, (_, i) => (i * i + (i >> 3)) % Math.max(1, count - 1))

function rowsOf({ places, row, isPart = false }: Case): Strided {
  const [batch, tokens] = places as [number, number]
  const shape = isPart ? [batch, tokens + 1, 3, ...row] : [...places, ...row]
  const strides = stridesOf(shape)
  const tensor = input("rows", { dtype: "f32", shape })
  if (!isPart) return { tensor, offset: 0, strides }
  const offset = strides[1] + strides[2]
  return { tensor, offset, strides: strides.filter((_, i) => i !== 2) }
}

/** The table as f32 sums in index order, bit by bit. */
function added(rows: Strided, values: Float32Array, one: Case, index: Int32Array): Float32Array {
  const width = one.row.reduce((a, b) => a * b, 1)
  const table = new Float32Array(one.count * width)
  const inside = stridesOf(one.places)
  for (const [n, target] of index.entries()) {
    const from = inside.reduce((sum, by, i) => {
      return sum + (Math.floor(n / by) % one.places[i]) * rows.strides[i]
    }, rows.offset)
    for (let x = 0; x < width; x++) table[target * width + x] += values[from + x]
  }
  return table
}

async function check(one: Case) {
  const rows = rowsOf(one)
  const index = input("index", { dtype: "i32", shape: one.places })
  const given = input("x", { dtype: "f32", shape: [...one.places, ...one.row] })
  const { node } = apply(scatterRowsOp, [given, index], { count: one.count })[0]
  const places: Strided = { tensor: index, offset: 0, strides: stridesOf(one.places) }
  const kernel: OpaqueKernel = {
    kind: "opaque",
    node,
    operands: [rows, places],
    results: node.outputs.map(inItself),
  }
  const [table] = node.outputs
  const source = sourceOver(inOnePart((t) => (t === table ? "read_write" : "read")))
  const values = fromNumbers(sampleValues("rows", rows.tensor), "f32") as Float32Array
  const indices = indicesFor(index.size, one.count)
  const data = new Map<Tensor, HostArray>([
    [rows.tensor, values],
    [index, indices],
  ])
  const found = await run(device, printScatterRows(kernel, source), data)
  expect(found.get(table)).toEqual(added(rows, values, one, indices))
}

describe("scatterRows adds in index order", () => {
  const cases: [string, Case][] = [
    ["more indices than threads", { places: [3, 200], row: [8], count: 70 }],
    ["rows that are not whole vec4s", { places: [37], row: [3], count: 11 }],
    ["single elements", { places: [9], row: [], count: 400 }],
    ["a table of one row", { places: [300], row: [384], count: 1 }],
    ["rows in two parts", { places: [5], row: [2, 2050], count: 4 }],
    ["rows inside others", { places: [2, 9], row: [2, 4], count: 7, isPart: true }],
  ]
  test.each(cases)("%s", (_, one) => check(one))
})
