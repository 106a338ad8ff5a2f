import { gradients, isPrimitive, mul, optimise, spec, sum, traceGraph } from "@tubelet/core"
import { flashAttention, schedule, splitReductions } from "@tubelet/core/schedule"
import { expect, test } from "vitest"
import { block, blockParameters } from "../src/index.js"

const config = { dim: 24, heads: 3, mlpHidden: 96, eps: 1e-6, qkvBias: "full" } as const
const params = Object.fromEntries(
  Object.entries(blockParameters(config)).map(([name, { shape }]) => [name, spec("f32", shape)]),
)
const x = spec("f32", [2, 10, config.dim])
const composites = new Set(["gelu", "geluGradient", "attention", "attentionGradient"])

/** The kernels of a block on a device with eight bindings and flash attention. */
function countKernels(f: Parameters<typeof traceGraph<typeof specs, object>>[0]): number {
  const { graph } = traceGraph(f, specs)
  const known = optimise(graph, (op) => isPrimitive(op) || composites.has(op.name))
  return schedule(splitReductions(flashAttention(known)), { operands: 8 }).kernels.length
}

const specs = { params, x, g: x }

test("a transformer block takes few kernels, forward and backward", () => {
  const forward = countKernels(({ params, x }) => ({ y: block(params, x, config) }))
  const both = countKernels(({ params, x, g }) => {
    const y = block(params, x, config)
    return { y, ...gradients(sum(mul(y, g)), { params, x }) }
  })
  expect(forward).toBeLessThanOrEqual(12)
  expect(both - forward).toBeLessThanOrEqual(24)
})
