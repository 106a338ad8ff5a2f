import {
  type DType,
  fromNumbers,
  type HostArray,
  input,
  type Tensor,
  toNumbers,
} from "@tubelet/core"
import { type DeviceTraits, lowerLoopNest } from "@tubelet/core/codegen"
import type { LoopNest, Store } from "@tubelet/core/schedule"
import { expect } from "vitest"
import { sourceOver } from "../../src/wgsl/memory.js"
import { type Data, evaluate } from "./evaluate.js"
import { inOnePart, openDevice, run } from "./gpu.js"

export const tensor = (dtype: DType, ...shape: number[]): Tensor => input("x", { dtype, shape })

/** A nest with one step and no reduction. */
export const mapOf = (outer: number, ...outerStores: Store[]): LoopNest => ({
  kind: "nest",
  outer,
  inner: 1,
  reductions: [],
  outerStores,
  innerStores: [],
})

/** Runs a nest on the device and returns its results and the shader. */
export async function computed(kernel: LoopNest, data: Data, traits: DeviceTraits = {}) {
  const device = await openDevice()
  const stored = new Set([...kernel.outerStores, ...kernel.innerStores].map((s) => s.tensor))
  const source = sourceOver(inOnePart((t) => (stored.has(t) ? "read_write" : "read")))
  const shader = lowerLoopNest(kernel, source, traits)
  const arrays = new Map<Tensor, HostArray>()
  for (const [t, values] of data) arrays.set(t, fromNumbers(values, t.dtype))
  return { shader, found: await run(device, shader, arrays) }
}

/** Expects the results of a nest to match its interpretation, within the tolerance. */
export async function expectNest(
  kernel: LoopNest,
  data: Data,
  { tolerance = 0, traits = {} }: { tolerance?: number; traits?: DeviceTraits } = {},
) {
  const { shader, found } = await computed(kernel, data, traits)
  for (const [t, wanted] of evaluate(kernel, data)) {
    let worst = { error: 0, at: -1 }
    const got = toNumbers(found.get(t)!, t.dtype)
    for (const [i, y] of got.entries()) {
      const error = Math.abs(y - wanted[i])
      if (!(error <= worst.error)) worst = { error, at: i }
    }
    const { at } = worst
    const text = `${shader.label}: element ${at} is ${got[at]}, wanted ${wanted[at]}`
    expect(worst.error, `${text}\n${shader.code}`).toBeLessThanOrEqual(tolerance)
  }
  return shader
}
