import { mul, spec, traceGraph } from "@tubelet/core"
import { toOnnx } from "@tubelet/onnx"

export default async () => {
  const { graph } = traceGraph(({ x }) => ({ y: mul(x, x) }), { x: spec("f32", [2]) })
  return { found: toOnnx(graph).bytes.length > 50, expected: true }
}
