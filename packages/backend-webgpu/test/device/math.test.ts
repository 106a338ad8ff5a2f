import { type ElementwiseName, elementwiseOps } from "@tubelet/core"
import { along, applied, load } from "@tubelet/core/schedule"
import { describe, expect, it } from "vitest"
import { computed, mapOf, tensor } from "../support/kernels.js"

/** f32 numbers from low to high. */
const grid = (low: number, high: number, count = 4001) =>
  Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1))

/** Runs an op over a grid with four lanes, or one: a permuted store has only one. */
async function over(op: string, ...inputs: Float32Array[]) {
  const count = inputs[0].length
  const tensors = inputs.map(() => tensor("f32", count))
  const args = tensors.map((t) => load(t, along("o", count)))
  const out = tensor("f32", count)
  const kernel = mapOf(count, { tensor: out, value: applied(op, args, "f32") })
  const data = new Map(tensors.map((t, i) => [t, inputs[i]]))
  const { found } = await computed(kernel, data)
  const { evaluate } = elementwiseOps[op as ElementwiseName].elementwise!
  return Array.from(found.get(out)!, (got, i) => {
    const x = inputs.map((values) => values[i])
    const wanted = evaluate(...x)
    return { x, got, wanted, off: Math.abs(got - wanted) }
  })
}

type Point = Awaited<ReturnType<typeof over>>[number]
const worst = (points: Point[], error: (p: Point) => number) =>
  points.reduce((a, b) => (error(b) > error(a) || Number.isNaN(error(b)) ? b : a))
const relative = (p: Point) => (p.off === 0 ? 0 : p.off / Math.abs(p.wanted))
const absolute = (p: Point) => p.off

describe("functions in WGSL against double precision", () => {
  it.each([
    ["exp", grid(-87, 88), 2e-7],
    ["log", grid(1e-4, 3), 2e-7],
    ["log", Float32Array.from({ length: 240 }, (_, i) => 2 ** (i - 120) * 1.37), 2e-7],
    ["tanh", grid(-12, 12), 2e-7],
    ["sigmoid", grid(-80, 30), 4e-7],
    ["erf", grid(-1, 1), 2e-7],
  ] as const)("%s, relative", async (op, x, limit) => {
    const point = worst(await over(op, x), relative)
    expect(relative(point), JSON.stringify(point)).toBeLessThanOrEqual(limit)
  })

  it.each([
    ["erf", grid(-5, 5), 1e-7],
    ["sin", grid(-40, 40), 1.5e-7],
    ["cos", grid(-40, 40), 1.5e-7],
    ["gelu", grid(-12, 1), 1e-7],
    ["gelu", grid(1, 12), 1e-6],
  ] as const)("%s, absolute", async (op, x, limit) => {
    const point = worst(await over(op, x), absolute)
    expect(absolute(point), JSON.stringify(point)).toBeLessThanOrEqual(limit)
  })

  it("geluGradient", async () => {
    const x = grid(-9, 9)
    const point = worst(
      await over(
        "geluGradient",
        x,
        x.map(() => 1),
      ),
      absolute,
    )
    expect(absolute(point), JSON.stringify(point)).toBeLessThanOrEqual(3e-7)
  })

  it.each(["exp", "log", "tanh", "sigmoid", "erf", "sin", "cos", "gelu"])(
    "%s of NaN is NaN",
    async (op) => {
      const points = await over(op, new Float32Array(8).fill(Number.NaN))
      expect(points.map(({ got }) => got)).toEqual(Array(8).fill(Number.NaN))
    },
  )

  const infinity = Number.POSITIVE_INFINITY
  const far = [-infinity, -1e30, 1e30, infinity]
  it.each([
    ["exp", far],
    ["tanh", far],
    ["sigmoid", far],
    ["erf", far],
    ["log", [-infinity, -1, 0, infinity]],
  ])("%s approaches its limits", async (op, x) => {
    const points = await over(op, Float32Array.from(x))
    expect(points.map(({ got }) => got)).toEqual(points.map(({ wanted }) => wanted))
  })
})
