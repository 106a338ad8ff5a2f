import { expect, test } from "vitest"
import { adamWStep, compile, constant, spec, type Tensor } from "../src/index.js"
import { referenceBackend } from "../src/testing/index.js"

/** AdamW for one number, transcribed from the paper in PyTorch's order. */
function formula(p: number, grads: number[], rates: number[], decay: number): number[] {
  const [beta1, beta2, eps] = [0.9, 0.95, 1e-8]
  let [m, v] = [0, 0]
  return grads.map((g, i) => {
    const rate = rates[i]
    p -= rate * decay * p
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    const unbiased = Math.sqrt(v / (1 - beta2 ** (i + 1))) + eps
    p -= (rate * m) / (1 - beta1 ** (i + 1)) / unbiased
    return p
  })
}

test.each([0, 0.05])("AdamW with weight decay %d follows the plain formula", async (decay) => {
  const backend = referenceBackend()
  const weight = spec("f32", [2])
  const scalar = spec("f32")
  const step = await compile(
    backend,
    ({ state, grad, learningRate, ...corrections }) => ({
      state: adamWStep(
        { ...state, grad, learningRate, weightDecay: constant(decay), ...corrections },
        { beta1: 0.9, beta2: 0.95, eps: 1e-8 },
      ) as { param: Tensor; first: Tensor; second: Tensor },
    }),
    {
      specs: {
        state: { param: weight, first: weight, second: weight },
        grad: weight,
        learningRate: scalar,
        correction1: scalar,
        correction2: scalar,
      },
      donate: ["state"],
    },
  )
  const start = [0.5, -2]
  const grads = [
    [1, -0.5, 0, 0.25, 3, -1e-4],
    [0, 0, 2, 2, -1, 0.5],
  ]
  const rates = [0, 0.1, 0.1, 0.05, 0.01, 0.2]
  const expected = start.map((p, i) => formula(p, grads[i], rates, decay))
  const state = {
    param: backend.upload(Float32Array.from(start), weight),
    first: backend.upload(new Float32Array(2), weight),
    second: backend.upload(new Float32Array(2), weight),
  }
  for (const [i, learningRate] of rates.entries()) {
    const corrections = { correction1: 1 - 0.9 ** (i + 1), correction2: 1 - 0.95 ** (i + 1) }
    const grad = Float32Array.of(grads[0][i], grads[1][i])
    step.run({ state, grad, learningRate, ...corrections })
    const found = await state.param.data()
    expect(found[0]).toBeCloseTo(expected[0][i], 6)
    expect(found[1]).toBeCloseTo(expected[1][i], 6)
  }
})
