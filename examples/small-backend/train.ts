import {
  type Backend,
  compile,
  gelu,
  gradients,
  linear,
  mean,
  mul,
  spec,
  square,
  sub,
  upload,
} from "@tubelet/core"
import { random } from "@tubelet/core/random"

const [points, hidden, rate] = [64, 32, 0.1]

const specs = {
  params: {
    weight1: spec("f32", [hidden, 1]),
    bias1: spec("f32", [hidden]),
    weight2: spec("f32", [1, hidden]),
    bias2: spec("f32", [1]),
  },
  x: spec("f32", [points, 1]),
  y: spec("f32", [points, 1]),
}

/** A step of gradient descent for a network with one hidden layer. */
export const compileStep = (backend: Backend) =>
  compile(
    backend,
    ({ params, x, y }) => {
      const { weight1, bias1, weight2, bias2 } = params
      const predicted = linear(gelu(linear(x, weight1, bias1)), weight2, bias2)
      const loss = mean(square(sub(predicted, y)))
      const { grads } = gradients(loss, params)
      const next = (name: keyof typeof params) => sub(params[name], mul(grads[name], rate))
      return {
        loss,
        params: {
          weight1: next("weight1"),
          bias1: next("bias1"),
          weight2: next("weight2"),
          bias2: next("bias2"),
        },
      }
    },
    { specs, donate: ["params"] },
  )

/** Learns a sine wave from random points and returns the losses. */
export async function train(backend: Backend, steps: number): Promise<number[]> {
  const step = await compileStep(backend)
  const { normal, uniform } = random("wave", 0)
  const draw = (count: number, next: () => number) => Float32Array.from({ length: count }, next)
  const params = upload(backend, specs.params, {
    weight1: draw(hidden, normal),
    bias1: draw(hidden, normal),
    weight2: draw(hidden, () => normal() / Math.sqrt(hidden)),
    bias2: new Float32Array(1),
  })
  const losses: number[] = []
  for (let i = 0; i < steps; i++) {
    const x = draw(points, () => 4 * uniform() - 2)
    const { loss } = step.run({ params, x, y: x.map((v) => Math.sin(2 * v)) })
    losses.push(await loss.item())
  }
  await step.dispose()
  return losses
}
