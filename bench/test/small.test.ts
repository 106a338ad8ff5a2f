import { referenceBackend } from "@tubelet/core/testing"
import { expect, test } from "vitest"
import { compileSmallStep } from "../small/step.mjs"
import { configs, parameters, stepFlops } from "../small/transformer.mjs"

test("the small transformer has the parameters and operations of the peers' one", () => {
  const { values } = parameters(configs.small) as { values: Record<string, Float32Array> }
  expect(Object.values(values).reduce((n, v) => n + v.length, 0)).toBe(2_371_392)
  expect(stepFlops(configs.small) / 1e9).toBeCloseTo(9.6, 1)
  expect(stepFlops(configs.tiny) / 1e9).toBeCloseTo(0.38, 2)
})

test("its step learns its batch", async () => {
  const sizes = { batch: 2, tokens: 4, pixels: 6, depth: 1, dim: 8, heads: 2, mlpHidden: 16 }
  const step = await compileSmallStep(referenceBackend(), { ...configs.small, ...sizes })
  const losses = []
  for (let i = 0; i < 30; i++) losses.push(await step.run())
  await step.dispose()
  expect(losses.at(-1)).toBeLessThan(0.95 * losses[0]!)
})
