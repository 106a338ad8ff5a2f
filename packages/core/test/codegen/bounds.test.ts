import { describe, expect, test } from "vitest"
import { javascript } from "../../../../examples/small-backend/dialect.js"
import { type BatchStorage, lowerBatch } from "../../src/codegen/index.js"
import {
  cast,
  concat,
  gatherRows,
  isPrimitive,
  max,
  mul,
  optimise,
  pad,
  reshape,
  slice,
  softmax,
  spec,
  sum,
  type Tensor,
  traceGraph,
} from "../../src/index.js"
import { schedule } from "../../src/schedule/index.js"
import { interpret } from "../../src/testing/index.js"
import { fourLanes, runNests } from "../support/run-nests.js"

const specs = { x: spec("f32", [5, 7]), y: spec("f32", [5, 8]), index: spec("i32", [5]) }
type Inputs = Readonly<Record<keyof typeof specs, Tensor>>

const x = Float64Array.from({ length: 35 }, (_, i) => Math.sin(i))
const y = Float64Array.from({ length: 40 }, (_, i) => Math.cos(i))

function graphOf(read: (inputs: Inputs) => Tensor) {
  const { graph } = traceGraph((inputs) => ({ y: read(inputs) }), specs)
  return optimise(graph, isPrimitive)
}

function expectClose(found: Float64Array, wanted: Float64Array) {
  expect(found.length).toBe(wanted.length)
  expect(found.map((z, i) => (Math.abs(z - wanted[i]) < 1e-6 ? wanted[i] : z))).toEqual(wanted)
}

test("the last vector passes the end of a tensor only with robust access", () => {
  const graph = graphOf(({ x }) => slice(reshape(x, [35]), 0, 2, 35))
  const inputs = [x, y, new Float64Array(5)]
  const robust = fourLanes(javascript)
  expect(() => runNests(graph, inputs, robust)).toThrow(RangeError)
  expectClose(runNests(graph, inputs, { ...robust, robustAccess: false })[0], x.slice(2))
})

/** A batch of one workgroup per member, whose operands `memory` holds, and their length `outer`. */
function batchStorage(operands: readonly Tensor[]): BatchStorage {
  const quad = (t: Tensor, i: string) => `memory[group][${operands.indexOf(t)}][4 * (${i}) + lane]`
  return {
    ...{ at: quad, each: quad, quad, put: quad, code: "", bindings: [] },
    putQuad: (t, i, x) => `${quad(t, i)} = ${x}`,
    ...{ names: "const part = 0", outer: "outer[group]", inner: "1", across: "outer.length" },
    around: (code) => code,
  }
}

test("a batch does not clamp its members to the length of the first", () => {
  const lengths = [4, 40]
  const specs = { a: spec("f32", [4]), b: spec("f32", [40]) }
  const { graph } = traceGraph(({ a, b }) => ({ a: mul(a, a), b: mul(b, b) }), specs)
  const nests = schedule(graph).kernels.filter((kernel) => kernel.kind === "nest")
  const clamped = { ...fourLanes(javascript), robustAccess: false }
  const { code } = lowerBatch(nests, clamped, batchStorage)
  const memory = lengths.map((n) => [Float64Array.from({ length: n }, (_, i) => i), Array(n)])
  new Function("memory", "outer", code)(memory, lengths)
  for (const [x, found] of memory) expect(found).toEqual([...x].map((z) => z * z))
})

describe.each([
  ["one lane", javascript],
  ["four lanes", fourLanes(javascript)],
])("with %s, only robust access reads out of bounds:", (_, robust) => {
  const clamped = { ...robust, robustAccess: false }

  test.each<[string, (inputs: Inputs) => Tensor]>([
    ["pad", ({ x }) => pad(mul(x, x), [1, 0], [2, 3])],
    ["pad by whole vectors", ({ y }) => pad(mul(y, y), [0, 4], [0, 8])],
    ["concat", ({ x, y }) => concat([x, y, slice(x, 1, 2, 4)], 1)],
    ["rows", ({ x, y }) => softmax(concat([y, x], 1))],
    ["columns", ({ x }) => max(pad(x, [2, 1], [2, 0]), [0])],
    ["packed columns", ({ x }) => cast(sum(pad(x, [2, 1], [2, 0]), [0]), "bool")],
  ])("%s", (_, read) => {
    const graph = graphOf(read)
    const inputs = [x, y, new Float64Array(5)]
    expect(() => runNests(graph, inputs, robust)).toThrow(RangeError)
    expectClose(runNests(graph, inputs, clamped)[0], interpret(graph, inputs)[0])
  })

  test.each<[string, (inputs: Inputs) => Tensor]>([
    ["gather", ({ x, index }) => gatherRows(x, index)],
    ["gather of whole vectors", ({ y, index }) => gatherRows(y, index)],
  ])("%s", (_, read) => {
    const graph = graphOf(read)
    const index = Float64Array.of(3, 5, 4, -1, 10 ** 6)
    const inputs = [x, y, index]
    expect(() => runNests(graph, inputs, robust)).toThrow(RangeError)
    const exists = (row: number) => 0 <= row && row < 5
    const [rows] = interpret(graph, [x, y, index.map((row) => (exists(row) ? row : 0))])
    const width = rows.length / index.length
    const wanted = rows.map((z, i) => (exists(index[Math.floor(i / width)]) ? z : Number.NaN))
    expectClose(runNests(graph, inputs, clamped)[0], wanted)
  })
})
