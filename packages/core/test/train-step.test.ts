import { expect, test } from "vitest"
import { compile, gradients, linear, mean, mul, spec, square, sub, upload } from "../src/index.js"
import { referenceBackend } from "../src/testing/index.js"

test("a traced training step updates donated parameters in place", async () => {
  const backend = referenceBackend()
  const params = { weight: spec("f32", [1, 2]), bias: spec("f32", [1]) }
  const specs = {
    params,
    batch: { x: spec("f32", [4, 2]), y: spec("f32", [4, 1]) },
    rate: spec("f32"),
  }
  const step = await compile(
    backend,
    ({ params, batch, rate }) => {
      const loss = mean(square(sub(linear(batch.x, params.weight, params.bias), batch.y)))
      const { grads } = gradients(loss, params)
      return {
        loss,
        params: {
          weight: sub(params.weight, mul(grads.weight, rate)),
          bias: sub(params.bias, mul(grads.bias, rate)),
        },
      }
    },
    { specs, donate: ["params"] },
  )
  const state = upload(backend, params, {
    weight: Float32Array.of(0, 0),
    bias: Float32Array.of(0),
  })
  const batch = {
    x: Float32Array.of(1, 0, 0, 1, 1, 1, 0, 0),
    y: Float32Array.of(3, 0, 2, 1),
  }
  const losses: number[] = []
  for (let i = 0; i < 400; i++) {
    const { loss } = step.run({ params: state, batch, rate: 0.3 })
    losses.push(await loss.item())
  }
  expect(losses[0]).toBeCloseTo(14 / 4)
  expect(losses.at(-1)).toBeLessThan(1e-9)
  const weight = await state.weight.data()
  expect(weight[0]).toBeCloseTo(2, 4)
  expect(weight[1]).toBeCloseTo(-1, 4)
})
