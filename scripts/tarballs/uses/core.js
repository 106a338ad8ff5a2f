import { compile, gradients, mean, spec, square } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"

export default async () => {
  const f = ({ x }) => gradients(mean(square(x)), { x })
  const slope = await compile(referenceBackend(), f, { specs: { x: spec("f32", [1]) } })
  const { grads } = slope.run({ x: Float32Array.of(3) })
  return { found: await grads.x.item(), expected: 6 }
}
