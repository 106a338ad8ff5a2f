import { compile, spec } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { expect, test } from "vitest"
import { lars, type SgdOptions, sgd } from "../src/index.js"

const shapes = { weight: [2, 3], bias: [3] }
const start = { weight: [0.5, -0.25, 1, 0.75, 0.1, -2], bias: [0.1, -0.2, 0.3] }
const grads = (step: number) => ({
  weight: Float32Array.from([0.1, 0.2, -0.3, 0.4, -0.5, 0.6], (g) => g * step),
  bias: Float32Array.from([0.7, -0.8, 0.9], (g) => g / step),
})

type Weights = Record<keyof typeof shapes, Float32Array>

/** The parameters after three steps. */
async function trained(
  optimizer: ReturnType<typeof sgd>,
  learningRate: number,
  from: Record<keyof typeof shapes, readonly number[]> = start,
) {
  const specs = { weight: spec("f32", shapes.weight), bias: spec("f32", shapes.bias) }
  const step = await compile(
    referenceBackend(),
    ({ params, state, grads, rate }) =>
      optimizer.update({ params, grads, state, learningRate: rate, weightDecay: 0.05 }),
    { specs: { params: specs, state: optimizer.specs(specs), grads: specs, rate: spec("f32") } },
  )
  let params: Weights = {
    weight: Float32Array.from(from.weight),
    bias: Float32Array.from(from.bias),
  }
  let state: { momentum: Weights } = {
    momentum: { weight: new Float32Array(6), bias: new Float32Array(3) },
  }
  for (let n = 1; n <= 3; n++) {
    const next = step.run({ params, state, grads: grads(n), rate: learningRate })
    const read = async (name: "weight" | "bias", of: typeof next.params) =>
      (await of[name].data()) as Float32Array
    const both = async (of: typeof next.params) => ({
      weight: await read("weight", of),
      bias: await read("bias", of),
    })
    params = await both(next.params)
    state = { momentum: await both(next.state.momentum) }
  }
  return params
}

const close = (found: ArrayLike<number>, expected: readonly number[]) => {
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 5)
}

// Computed by torch.optim.SGD (PyTorch 2.13), momentum 0.9, weight decay 0.05.
test("SGD moves parameters as PyTorch does", async () => {
  const { weight, bias } = await trained(sgd(), 0.1)
  close(weight, [0.39122468, -0.43263799, 1.25650072, 0.3498114, 0.57125825, -2.51300144])
  close(bias, [-0.18082309, 0.12333467, -0.06584626])
})

test("a rate scale and a decay rule are SGD's options", async () => {
  const frozen: SgdOptions = { lrScale: (name) => (name === "bias" ? 0 : 1) }
  close((await trained(sgd(frozen), 0.1)).bias, start.bias)
  const { bias } = await trained(sgd({ momentum: 0, decays: () => false }), 0.1)
  const moved = 0.1 * (1 + 1 / 2 + 1 / 3)
  close(bias, [0.1 - 0.7 * moved, -0.2 + 0.8 * moved, 0.3 - 0.9 * moved])
})

// Computed in PyTorch, in double precision, from the formula.
test("LARS scales the gradients of matrices, and neither scales nor decays vectors", async () => {
  const { weight, bias } = await trained(lars(), 10)
  close(weight, [0.48231023, -0.27866962, 1.03964947, 0.68595085, 0.17449221, -2.07929894])
  close(bias, [-27.8533329, 31.7466672, -35.6399999])
})

test("LARS lets weights of zero move", async () => {
  const zero = { weight: [0, 0, 0, 0, 0, 0], bias: start.bias }
  const { weight } = await trained(lars(), 1e-3, zero)
  expect(weight.every((w) => Number.isFinite(w) && w !== 0)).toBe(true)
})
