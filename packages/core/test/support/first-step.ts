import { compile, gradients, linear, mean, mul, spec, square, sub, upload } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"

const backend = referenceBackend()
const params = { weight: spec("f32", [1, 2]), bias: spec("f32", [1]) }
const batch = { x: spec("f32", [4, 2]), y: spec("f32", [4, 1]) }

const step = await compile(
  backend,
  ({ params, batch, learningRate }) => {
    const loss = mean(square(sub(linear(batch.x, params.weight, params.bias), batch.y)))
    const { grads } = gradients(loss, params) // reverse mode extends the graph
    const weight = sub(params.weight, mul(grads.weight, learningRate))
    const bias = sub(params.bias, mul(grads.bias, learningRate))
    return { loss, params: { weight, bias } }
  },
  { specs: { params, batch, learningRate: spec("f32") }, donate: ["params"] },
)

const state = upload(backend, params, { weight: new Float32Array(2), bias: new Float32Array(1) })
const line = { x: Float32Array.of(1, 0, 0, 1, 1, 1, 0, 0), y: Float32Array.of(3, 0, 2, 1) }
for (let i = 0; i < 400; i++) {
  const { loss } = step.run({ params: state, batch: line, learningRate: 0.3 })
  if (i % 100 === 0) console.log(await loss.item())
}
console.log(await state.weight.data(), await state.bias.data()) // close to [2, -1] and [1]
