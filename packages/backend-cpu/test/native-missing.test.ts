import { compile, linear, spec } from "@tubelet/core"
import { expect, test, vi } from "vitest"
import { cpuBackend } from "../src/index.js"

vi.mock("koffi", () => {
  throw new Error("Cannot find package 'koffi'")
})

test("without the native library WebAssembly is used; a warning says how to get it", async () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {})
  const backend = await cpuBackend({ threads: 2 })
  expect(backend.device).toEqual({ name: "ONNX Runtime (WebAssembly)", threads: 2 })
  const [message, options] = warn.mock.calls[0]
  expect(message).toMatch(/cannot load ONNX Runtime/)
  expect(options).toMatchObject({ detail: expect.stringContaining("npm install") })

  const specs = { x: spec("f32", [1, 2]), w: spec("f32", [1, 2]) }
  const product = await compile(backend, ({ x, w }) => ({ y: linear(x, w) }), { specs })
  const { y } = product.run({ x: Float32Array.of(1, 2), w: Float32Array.of(3, 4) })
  expect(await y.item()).toBe(11)
})
