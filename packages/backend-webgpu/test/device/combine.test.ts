import { CodeBlock, combine, type Gathered } from "@tubelet/core/codegen"
import { random } from "@tubelet/core/random"
import { beforeAll, describe, expect, test } from "vitest"
import { sourceOver } from "../../src/wgsl/memory.js"
import { inOnePart, openDevice, run } from "../support/gpu.js"
import { tensor } from "../support/kernels.js"

let device: GPUDevice
beforeAll(async () => {
  device = await openDevice()
})

/**
 * What each invocation of a workgroup gets as the sum of its numbers, once as they are and once as
 * vec4s, and as the largest of their negatives. The invocation that the device counts as i calls
 * itself `order[i]`: no subgroup need be a run of `local`.
 */
async function totals(order: readonly number[], subgroups: boolean) {
  const size = order.length
  const source = sourceOver(inOnePart(() => "read_write"))
  const vectorOf = (n: number) => tensor("f32", n * size)
  const [own, sums, fours, largest] = [vectorOf(1), vectorOf(1), vectorOf(4), vectorOf(1)]
  const { memory } = source
  const block = new CodeBlock(source)
  block.line(`let own = ${memory.at(own, "local")};
let opposite = -own;
let four = own * vec4<f32>(1.0, 2.0, 3.0, 4.0);
let part = local;`)
  const partials: Gathered[] = [
    { name: "own", op: "sum", dtype: "f32", width: 1 },
    { name: "opposite", op: "max", dtype: "f32", width: 1 },
    { name: "four", op: "sum", dtype: "f32", width: 4 },
  ]
  const team = { parts: size, stride: 1, size, subgroups }
  const [sum, most, four] = combine(block, partials, team, false).map(({ code }) => code)
  block.line(memory.put(sums, "local", sum))
  block.line(memory.put(largest, "local", most))
  block.line(memory.putQuad(fours, "local", four))
  const shader = source.shader("totals", block.code, { groups: 1, size, subgroups })
  const local = "@builtin(local_invocation_index) local: u32"
  const code = shader.code
    .replace(local, local.replace("local:", "place:"))
    .replace("let group", `let local = array(${order.map((i) => `${i}u`)})[place];\nlet group`)
  const numbers = Float32Array.from({ length: size }, (_, i) => (i + 1) / 4)
  const found = await run(device, { ...shader, code }, new Map([[own, numbers]]))
  return [sums, largest, fours].map((t) => found.get(t) as Float32Array)
}

const orders: Record<string, (size: number) => number[]> = {
  "in order": (size) => Array.from({ length: size }, (_, i) => i),
  "in disorder": (size) => [...random("combine", size).permutation(size)],
}

/** Including sizes that are not a multiple of the subgroup size. */
describe.each([4, 6, 64, 100, 250, 256])("the invocations of a workgroup of %i", (size) => {
  test.each(Object.keys(orders))("agree on its totals, %s", async (name) => {
    const [sums, largest, fours] = await totals(orders[name](size), true)
    // Multiples of a quarter are exact in any order.
    const sum = (size * (size + 1)) / 8
    expect([...new Set(sums)]).toEqual([sum])
    expect([...new Set(largest)]).toEqual([-1 / 4])
    expect([...fours]).toEqual(Array.from({ length: 4 * size }, (_, i) => ((i % 4) + 1) * sum))
  })
})

test("a tree gives the same totals as subgroups", async () => {
  const order = orders["in disorder"](64)
  const [byTree, bySubgroups] = await Promise.all([false, true].map((x) => totals(order, x)))
  expect(byTree).toEqual(bySubgroups)
})
