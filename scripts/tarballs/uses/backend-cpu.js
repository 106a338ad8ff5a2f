import { cpuBackend } from "@tubelet/backend-cpu"
import { compile, linear, spec } from "@tubelet/core"

export default async () => {
  const specs = { x: spec("f32", [1, 2]), w: spec("f32", [1, 2]) }
  const product = await compile(await cpuBackend(), ({ x, w }) => ({ y: linear(x, w) }), { specs })
  const { y } = product.run({ x: Float32Array.of(1, 2), w: Float32Array.of(3, 4) })
  return { found: await y.item(), expected: 11 }
}
