import { expect, test } from "vitest"
import { encodeSafetensors, fromFloats, openCheckpoint, withTensors } from "../src/index.js"

test("a tensor is replaced by another; a name that the file lacks is not added", async () => {
  const one = (value: number) => fromFloats([1], Float32Array.of(value))
  const file = await openCheckpoint(await encodeSafetensors({ a: one(1), b: one(2) }))
  const view = withTensors(file, { b: fromFloats([2], Float32Array.of(3, 4), "BF16"), c: one(5) })
  expect(view.names).toEqual(["a", "b"])
  expect(await view.floats("a")).toEqual(Float32Array.of(1))
  expect(await view.floats("b")).toEqual(Float32Array.of(3, 4))
  expect([view.shape("b"), view.dtype("b"), file.shape("b")]).toEqual([[2], "BF16", [1]])
})
