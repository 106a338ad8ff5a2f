import {
  apply,
  fromNumbers,
  type HostArray,
  input,
  type Op,
  sizeOf,
  type Tensor,
} from "@tubelet/core"
import type { Shader, Source } from "@tubelet/core/codegen"
import {
  flashForwardOp,
  flashGradientKVOp,
  flashGradientQOp,
  inItself,
  type OpaqueKernel,
  type Strided,
  stridesOf,
} from "@tubelet/core/schedule"
import { sampleValues } from "@tubelet/core/testing"
import { type FlashTile, flashTiles, type WorkgroupLimits } from "../../src/wgsl/flash/tile.js"
import { printFlashForward } from "../../src/wgsl/flash-forward.js"
import { printFlashGradientKV, printFlashGradientQ } from "../../src/wgsl/flash-gradient.js"
import { sourceOver } from "../../src/wgsl/memory.js"
import { attend, type Elements, type Sizes } from "./attend.js"
import { inOnePart, openDevice, run } from "./gpu.js"

/** The layouts of q, k, v and g. */
export type Layout = (sizes: Sizes) => Record<"q" | "k" | "v" | "g", Strided>

export const f32 = (shape: readonly number[]): Tensor => input("x", { dtype: "f32", shape })

/** The axes of a stored tensor, each named after one of [b, h, n, d]; a number is a fixed index. */
function view(tensor: Tensor, axes: readonly ("b" | "h" | "n" | "d" | number)[]): Strided {
  const strides = stridesOf(tensor.shape)
  const offset = axes.reduce<number>(
    (sum, a, i) => sum + (typeof a === "number" ? a * strides[i] : 0),
    0,
  )
  return {
    tensor,
    offset,
    strides: (["b", "h", "n", "d"] as const).map((a) => strides[axes.indexOf(a)]),
  }
}

export const layouts = {
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
} satisfies Record<string, Layout>

type Print = (kernel: OpaqueKernel, tile: FlashTile, source: Source) => Shader

export function opaqueOf(
  op: Op,
  operands: readonly Strided[],
  shapes: readonly (readonly number[])[],
  scale: number,
  lies: (t: Tensor) => Strided = inItself,
): OpaqueKernel {
  const { node } = apply(op, shapes.map(f32), { scale })[0]
  return { kind: "opaque", node, operands, results: node.outputs.map(lies) }
}

/** The elements of a tensor [batch, tokens, heads, size], or of fewer axes, in row-major order. */
function gathered(data: HostArray, { offset, strides }: Strided, { shape }: Tensor): HostArray {
  const steps = stridesOf(shape)
  const at = (i: number) =>
    shape.reduce((sum, d, axis) => sum + (Math.floor(i / steps[axis]) % d) * strides[axis], offset)
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => data[at(i)])
}

async function compute(
  print: Print,
  kernel: OpaqueKernel,
  data: Map<Tensor, HostArray>,
  tile: FlashTile,
) {
  const written = new Set(kernel.results.map(({ tensor }) => tensor))
  const source = sourceOver(inOnePart((t) => (written.has(t) ? "read_write" : "read")))
  const found = await run(await openDevice(), print(kernel, tile, source), data)
  const { outputs } = kernel.node
  return kernel.results.map((x, i) => gathered(found.get(x.tensor)!, x, outputs[i]))
}

/** The deviation of a result from the expected one, and its size. */
export interface Deviation {
  readonly error: number
  readonly largest: number
}

const deviationOf = (actual: HostArray, expected: Float64Array): Deviation => ({
  // Math.max propagates NaN.
  error: expected.reduce((worst, x, i) => Math.max(worst, Math.abs(x - actual[i])), 0),
  largest: expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0),
})

/** The limits that WebGPU guarantees. */
export const least = {
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
}

/** An attention op on random elements. */
export interface Case {
  readonly sizes: Sizes
  readonly layout: Layout
  readonly tile?: FlashTile
  readonly limits?: WorkgroupLimits
  /** Where a cotangent is written. Default: a separate tensor. */
  readonly lies?: (t: Tensor) => Strided
  /** Elements are drawn from -range to range. */
  readonly range?: number
  /** Added to q and subtracted from k, in sixteenths: scores are then far below zero, and exact. */
  readonly apart?: number
}

/** The deviations from double precision of all results of attention and its gradients, by name. */
export async function deviationsOf(one: Case): Promise<Record<string, Deviation>> {
  const { sizes, layout, tile, limits = least, lies, range = 2, apart } = one
  const { batch, heads, queries, keys, size } = sizes
  const views = layout(sizes)
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
      values.get(tensor)![at.reduce((sum, x, i) => sum + x * strides[i], offset)]
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
  const three = [ofQueries, ofKeys, ofKeys]
  const fits = (kernel: OpaqueKernel) => tile ?? flashTiles(kernel, limits)[0]

  const forward = opaqueOf(flashForwardOp, [q, k, v], three, scale)
  const [o, logSumExp] = await compute(printFlashForward, forward, data, fits(forward))

  const statistics = [wanted.logSumExp, wanted.delta].map((x) => {
    const tensor = f32([batch, heads, queries])
    data.set(tensor, fromNumbers(x, "f32"))
    return view(tensor, ["b", "h", "n"])
  })
  const statistic = [batch, heads, queries]
  const operands = [q, k, v, g, ...statistics]
  const shapes = [...three, ofQueries, statistic, statistic]
  const gradientQ = opaqueOf(flashGradientQOp, operands, shapes, scale, lies)
  const [dQ] = await compute(printFlashGradientQ, gradientQ, data, fits(gradientQ))
  const gradientKV = opaqueOf(flashGradientKVOp, operands, shapes, scale, lies)
  const [dK, dV] = await compute(printFlashGradientKV, gradientKV, data, fits(gradientKV))
  const found = { o, logSumExp, dQ, dK, dV }
  const names = Object.keys(found) as (keyof typeof found)[]
  return Object.fromEntries(names.map((name) => [name, deviationOf(found[name], wanted[name])]))
}
