import { InferenceSession, Tensor } from "onnxruntime-node"
import { describe, expect, it } from "vitest"
import { float, OnnxGraph } from "../src/index.js"

const tensor = (data: Float32Array, dims: number[]) => new Tensor("float32", data, dims)

describe("OnnxGraph", () => {
  it("writes a file that ONNX Runtime loads and computes", async () => {
    const graph = new OnnxGraph()
    const x = graph.input("x", "f32", [2, 3])
    const w = graph.constant(Float32Array.of(1, 0, 0, 0, 2, 0), [2, 3])
    const bias = graph.constant(Float32Array.of(10, 20), [2])
    const attrs = { alpha: float(0.5), transB: 1 }
    const y = graph.node("Gemm", [x, w, bias], { attrs, outputs: ["y"] })
    const flat = graph.node("Reshape", [y, graph.ints([-1])])
    graph.output(y, "f32", [2, 2])
    graph.output(flat, "f32", [4])

    const session = await InferenceSession.create(graph.bytes())
    const out = await session.run({ x: tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]) })
    expect([...(out.y.data as Float32Array)]).toEqual([10.5, 22, 12, 25])
    expect(out[flat].dims).toEqual([4])
  })

  it("writes every kind of attribute", async () => {
    const graph = new OnnxGraph()
    const data = graph.node("Constant", [], {
      attrs: { value: { data: Int32Array.of(-7, 8), shape: [2] } },
    })
    const floats = graph.node("Constant", [], { attrs: { value_floats: Float32Array.of(0.25) } })
    const ints = graph.node("Constant", [], { attrs: { value_ints: [-1, 300, 2 ** 40] } })
    const rows = graph.node("Einsum", [floats, floats], { attrs: { equation: "i,j->ij" } })
    graph.output(data, "i32", [2])
    graph.output(ints, "i64", [3])
    graph.output(rows, "f32", [1, 1])

    const session = await InferenceSession.create(graph.bytes())
    const out = await session.run({})
    expect([...(out[data].data as Int32Array)]).toEqual([-7, 8])
    expect([...(out[ints].data as BigInt64Array)]).toEqual([-1n, 300n, 2n ** 40n])
    expect([...(out[rows].data as Float32Array)]).toEqual([0.0625])
  })

  it("supports ONNX Runtime's own operators, several results and skipped ones", async () => {
    const graph = new OnnxGraph()
    const x = graph.input("x", "f32", ["rows", 2])
    const one = graph.constant(Float32Array.of(1, 1), [2])
    const gelu = graph.node("Gelu", [x], { domain: "com.microsoft" })
    const attrs = { axis: -1, epsilon: float(0) }
    const outputs = ["normal", "", "inverse"]
    const [normal, , inverse] = graph.nodes("LayerNormalization", [x, one], { attrs, outputs })
    for (const [name, width] of [[gelu, 2] as const, [normal, 2] as const, [inverse, 1] as const])
      graph.output(name, "f32", ["rows", width])

    const session = await InferenceSession.create(graph.bytes())
    const out = await session.run({ x: tensor(Float32Array.of(0, 4), [1, 2]) })
    expect([...(out.normal.data as Float32Array)]).toEqual([-1, 1])
    expect([...(out.inverse.data as Float32Array)]).toEqual([0.5])
    expect(out[gelu].data[1]).toBeCloseTo(3.99987, 5)
  })

  it("names the mistake when a value is unknown, defined twice or of the wrong size", () => {
    const graph = new OnnxGraph()
    graph.input("x", "f32", [2])
    expect(() => graph.node("Relu", ["y"])).toThrow('Relu reads "y", which no earlier node')
    expect(() => graph.input("x", "f32", [2])).toThrow('already has a value named "x"')
    expect(() => graph.constant(new Float32Array(3), [2, 2])).toThrow("needs 4 values, got 3")
    expect(() => graph.node("Relu", ["x"], { attrs: { alpha: 0.5 } })).toThrow("use float(x)")
    expect(() => graph.constant(new Uint16Array(1), [1])).toThrow("f16 or bf16")
  })
})
