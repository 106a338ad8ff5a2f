import { expect, test } from "vitest"
import { javascript } from "../../../../examples/small-backend/dialect.js"
import { isPrimitive, optimise, spec, sum, traceGraph } from "../../src/index.js"
import { runNests } from "../support/run-nests.js"

const counted = Float64Array.from({ length: 20 }, (_, i) => i)

test.each([
  ["rows", [2, 10], 1, [45, 145]],
  ["columns", [10, 2], 0, [90, 100]],
])("a CPU whose language has no teams sums %s in one thread each", (_, shape, axis, sums) => {
  const { graph } = traceGraph(({ x }) => ({ y: sum(x, axis) }), { x: spec("f32", shape) })
  const language = { ...javascript, robustAccess: false }
  const cpu = { software: true }
  const [found] = runNests(optimise(graph, isPrimitive), [counted], language, cpu)
  expect([...found]).toEqual(sums)
})
