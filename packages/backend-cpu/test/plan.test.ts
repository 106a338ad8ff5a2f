import { isPrimitive, matmul, optimise, spec, type Tensor, tanh, traceGraph } from "@tubelet/core"
import { expect, test } from "vitest"
import { planGraph } from "../src/plan.js"

test("what parts make for each other is aligned, and shares memory once it is read", () => {
  const width = 30
  const step = (x: Tensor) => tanh(matmul(x, x))
  const { graph } = traceGraph(
    ({ x }) => ({ y: Array.from({ length: 16 }).reduce<Tensor>(step, x) }),
    { x: spec("f32", [width, width]) },
  )
  const bytes = 4 * width ** 2
  const { parts, places, slabs } = planGraph(optimise(graph, isPrimitive), 2 * bytes)
  expect(parts.length).toBeGreaterThan(4)
  expect(places.size).toBe(parts.length - 1)
  for (const { offset } of places.values()) expect(offset % 64).toBe(0)
  expect(slabs).toEqual([2 * Math.ceil(bytes / 64) * 64])
})
