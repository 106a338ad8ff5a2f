import { apply, fromNumbers, type HostArray, input, type Op, type Tensor } from "@tubelet/core"
import {
  flashForwardOp,
  flashGradientKVOp,
  flashGradientQOp,
  type Strided,
  stridesOf,
  type Whole,
} from "@tubelet/core/schedule"
import { sampleValues } from "@tubelet/core/testing"
import { describe, expect, test } from "vitest"
import type { Shader } from "../../src/shader.js"
import { type FlashTile, flashTiles } from "../../src/wgsl/flash/tile.js"
import { printFlashForward } from "../../src/wgsl/flash-forward.js"
import { printFlashGradientKV, printFlashGradientQ } from "../../src/wgsl/flash-gradient.js"
import { Source } from "../../src/wgsl/source.js"
import { attend, type Elements, type Sizes } from "../support/attend.js"
import { inOnePart, openDevice, run } from "../support/gpu.js"

/** Where q, k, v and g lie. */
type Layout = (sizes: Sizes) => Record<"q" | "k" | "v" | "g", Strided>

const f32 = (shape: readonly number[]): Tensor => input("x", { dtype: "f32", shape })

/** The axes of a stored tensor, each named for one of [b, h, n, d]; a number is a fixed index. */
function view(tensor: Tensor, axes: readonly ("b" | "h" | "n" | "d" | number)[]): Strided {
  const strides = stridesOf(tensor.shape)
  const offset = axes.reduce<number>(
    (sum, a, i) => sum + (typeof a === "number" ? a * strides[i]! : 0),
    0,
  )
  return {
    tensor,
    offset,
    strides: (["b", "h", "n", "d"] as const).map((a) => strides[axes.indexOf(a)]!),
  }
}

const layouts: Record<string, Layout> = {
  "parts of one product": ({ batch, heads, queries, size }) => {
    const product = f32([batch, queries, 3, heads, size])
    const part = (i: number) => view(product, ["b", "n", i, "h", "d"])
    const g = view(f32([batch, queries, heads, size]), ["b", "n", "h", "d"])
    return { q: part(0), k: part(1), v: part(2), g }
  },
  "k and v of one product": ({ batch, heads, queries, keys, size }) => {
    const product = f32([batch, keys, 2, heads, size])
    const part = (i: number) => view(product, ["b", "n", i, "h", "d"])
    const inside = () => view(f32([batch, queries, heads, size]), ["b", "n", "h", "d"])
    return { q: inside(), k: part(0), v: part(1), g: inside() }
  },
  "row-major": ({ batch, heads, queries, keys, size }) => {
    const outside = (n: number) => view(f32([batch, heads, n, size]), ["b", "h", "n", "d"])
    return { q: outside(queries), k: outside(keys), v: outside(keys), g: outside(queries) }
  },
  "heads transposed, at odd places": ({ batch, heads, queries, keys, size }) => {
    const turned = (n: number) => view(f32([3, size, heads, n, batch]), [1, "d", "h", "n", "b"])
    return { q: turned(queries), k: turned(keys), v: turned(keys), g: turned(queries) }
  },
}

const device = await openDevice()

type Print = (kernel: Whole, tile: FlashTile, source: Source) => Shader

function wholeOf(
  op: Op,
  operands: readonly Strided[],
  shapes: readonly (readonly number[])[],
  scale: number,
): Whole {
  const { node } = apply(op, shapes.map(f32), { scale })[0]!
  return { kind: "whole", node, operands, results: node.outputs }
}

async function compute(print: Print, kernel: Whole, data: Map<Tensor, HostArray>, tile: FlashTile) {
  const results = new Set(kernel.results)
  const source = Source.over(inOnePart((t) => (results.has(t) ? "read_write" : "read")))
  const found = await run(device, print(kernel, tile, source), data)
  return kernel.results.map((t) => found.get(t)!)
}

function expectClose(what: string, actual: HostArray, expected: Float64Array) {
  const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  // Math.max passes NaN on.
  const error = expected.reduce((worst, x, i) => Math.max(worst, Math.abs(x - actual[i]!)), 0)
  expect(error / largest, what).toBeLessThanOrEqual(1e-5)
}

/** What WebGPU promises everywhere. */
const least = { maxComputeWorkgroupStorageSize: 16384, maxComputeInvocationsPerWorkgroup: 256 }

interface Case {
  readonly sizes: Sizes
  readonly layout: keyof typeof layouts
  readonly tile?: FlashTile
  /** Elements are drawn from -range to range. */
  readonly range?: number
  /** Added to q and taken from k, in sixteenths: scores then are far below zero, and exact. */
  readonly apart?: number
}

async function check({ sizes, layout, tile, range = 2, apart }: Case) {
  const { batch, heads, queries, keys, size } = sizes
  const views = layouts[layout]!(sizes)
  const values = new Map<Tensor, Float64Array>()
  for (const [name, { tensor }] of Object.entries(views)) {
    if (values.has(tensor)) continue
    const drawn = sampleValues(name, { dtype: "f32", shape: tensor.shape, range: [-range, range] })
    const shift = { q: apart ?? 0, k: -(apart ?? 0), v: 0, g: 0 }[name]!
    values.set(tensor, apart ? drawn.map((x) => Math.round(16 * x) / 16 + shift) : drawn)
  }
  const elements =
    ({ tensor, offset, strides }: Strided): Elements =>
    (...at) =>
      values.get(tensor)![at.reduce((sum, x, i) => sum + x * strides[i]!, offset)]!
  const { q, k, v, g } = views
  const scale = size ** -0.5
  const wanted = attend(sizes, {
    q: elements(q),
    k: elements(k),
    v: elements(v),
    g: elements(g),
    scale,
  })
  const data = new Map<Tensor, HostArray>([...values].map(([t, x]) => [t, fromNumbers(x, "f32")]))
  const [ofQueries, ofKeys] = [queries, keys].map((n) => [batch, heads, n, size])
  const three = [ofQueries!, ofKeys!, ofKeys!]
  const fits = (kernel: Whole) => tile ?? flashTiles(kernel, least)[0]!

  const forward = wholeOf(flashForwardOp, [q, k, v], three, scale)
  const [o, logSumExp] = await compute(printFlashForward, forward, data, fits(forward))
  expectClose("o", o!, wanted.o)
  expectClose("logSumExp", logSumExp!, wanted.logSumExp)

  const statistics = [wanted.logSumExp, wanted.delta].map((x) => {
    const tensor = f32([batch, heads, queries])
    data.set(tensor, fromNumbers(x, "f32"))
    return view(tensor, ["b", "h", "n"])
  })
  const statistic = [batch, heads, queries]
  const operands = [q, k, v, g, ...statistics]
  const shapes = [...three, ofQueries!, statistic, statistic]
  const gradientQ = wholeOf(flashGradientQOp, operands, shapes, scale)
  const [dQ] = await compute(printFlashGradientQ, gradientQ, data, fits(gradientQ))
  expectClose("dQ", dQ!, wanted.dQ)
  const gradientKV = wholeOf(flashGradientKVOp, operands, shapes, scale)
  const [dK, dV] = await compute(printFlashGradientKV, gradientKV, data, fits(gradientKV))
  expectClose("dK", dK!, wanted.dK)
  expectClose("dV", dV!, wanted.dV)
}

const sized = (batch: number, heads: number, queries: number, keys: number, size: number) => ({
  sizes: { batch, heads, queries, keys, size },
})

describe("attention and its gradients agree with double precision", () => {
  const cases: [string, Case][] = [
    ["parts of one product", { ...sized(2, 3, 37, 37, 32), layout: "parts of one product" }],
    ["more keys", { ...sized(1, 2, 7, 70, 64), layout: "k and v of one product" }],
    ["more queries", { ...sized(1, 1, 40, 3, 3), layout: "row-major" }],
    ["scattered heads", { ...sized(2, 2, 19, 9, 5), layout: "heads transposed, at odd places" }],
    ["large scores", { ...sized(1, 1, 33, 40, 88), layout: "row-major", range: 3 }],
    [
      "scores far below zero",
      { ...sized(1, 1, 9, 5, 4), layout: "row-major", range: 0.5, apart: 7 },
    ],
    [
      "the largest tile",
      {
        ...sized(1, 1, 65, 70, 80),
        layout: "k and v of one product",
        tile: { rows: 64, columns: 64 },
      },
    ],
  ]
  test.each(cases)("%s", (_, one) => check(one))
})

describe("tiles", () => {
  const kernelOf = (queries: number, size: number) => {
    const shape = [1, 2, queries, size]
    const operand = { tensor: f32(shape), offset: 0, strides: stridesOf(shape) }
    return wholeOf(flashForwardOp, [operand, operand, operand], [shape, shape, shape], 1)
  }
  test.each([3, 32, 64, 80, 88, 128])("heads of %i fit everywhere", (size) => {
    expect(flashTiles(kernelOf(160, size), least)).not.toHaveLength(0)
  })
  test("few rows take small tiles of 32 threads or more, many take large ones", () => {
    const limits = { ...least, maxComputeWorkgroupStorageSize: 32768 }
    expect(flashTiles(kernelOf(16, 64), limits)[0]).toEqual({ rows: 16, columns: 32 })
    expect(flashTiles(kernelOf(1568, 64), limits)[0]).toEqual({ rows: 64, columns: 64 })
  })
  test("none holds heads of thousands", () => {
    expect(flashTiles(kernelOf(16, 4096), least)).toHaveLength(0)
  })
})
