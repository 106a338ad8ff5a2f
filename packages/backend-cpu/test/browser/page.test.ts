import {
  compile,
  gelu,
  gradients,
  linear,
  mean,
  mul,
  spec,
  square,
  sub,
  type Tensor,
} from "@tubelet/core"
import { random } from "@tubelet/core/random"
import { conformanceCases } from "@tubelet/core/testing"
import { describe, expect, inject, test } from "vitest"
import { cpuBackend } from "../../src/browser.js"

const backend = await cpuBackend({ threads: 2 })

test("a cross-origin isolated page computes with threads, another without", () => {
  expect(crossOriginIsolated).toBe(inject("isolated"))
  expect(backend.device.threads).toBe(crossOriginIsolated ? 2 : 1)
})

test("a small network learns, its weights updated in place", async () => {
  const numbers = random(0, "numbers")
  const draw = (n: number) => Float32Array.from({ length: n }, () => numbers.uniform() - 0.5)
  const specs = {
    params: { w1: spec("f32", [32, 8]), w2: spec("f32", [1, 32]) },
    x: spec("f32", [64, 8]),
    target: spec("f32", [64, 1]),
  }
  const step = await compile(
    backend,
    ({ params, x, target }) => {
      const y = linear(gelu(linear(x, params.w1)), params.w2)
      const loss = mean(square(sub(y, target)))
      const { grads } = gradients(loss, params)
      const descend = (w: Tensor, g: Tensor) => sub(w, mul(g, 0.5))
      const { w1, w2 } = params
      return { loss, params: { w1: descend(w1, grads.w1), w2: descend(w2, grads.w2) } }
    },
    { specs, donate: ["params"] },
  )
  const params = {
    w1: backend.upload(draw(32 * 8), specs.params.w1),
    w2: backend.upload(draw(32), specs.params.w2),
  }
  const x = draw(64 * 8)
  const target = Float32Array.from({ length: 64 }, (_, i) => x[8 * i] * x[8 * i + 1])
  const losses: number[] = []
  for (let i = 0; i < 50; i++) losses.push(await step.run({ params, x, target }).loss.item())
  expect(losses.at(-1)).toBeLessThan(0.5 * losses[0])
})

describe("the CPU backend conforms in a page", () => {
  for (const c of conformanceCases()) test(c.name, () => c.run(backend))
})
