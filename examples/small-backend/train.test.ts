import { compile, matmul, spec } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { expect, test } from "vitest"
import { smallBackend } from "./backend.js"
import { compileStep, train } from "./train.js"

test("a network learns a wave, with the losses of the reference", async () => {
  const losses = await train(smallBackend(), 300)
  expect(losses.at(-1)).toBeLessThan(losses[0] / 4)
  const expected = await train(referenceBackend(), 5)
  for (const [i, loss] of expected.entries()) expect(losses[i]).toBeCloseTo(loss, 5)
})

test("intermediates share memory, handles are counted and can be disposed of", async () => {
  const backend = smallBackend()
  const step = await compileStep(backend)
  expect(step.memory().bytesInUse).toBeGreaterThan(0)
  const handle = backend.upload(new Float32Array(6), spec("f32", [2, 3]))
  expect(backend.memory().bytesInUse).toBe(24)
  handle.dispose()
  handle.dispose()
  expect(backend.memory().bytesInUse).toBe(0)
  await expect(handle.data()).rejects.toThrow("f32[2,3] was disposed")
})

test("a dtype that it cannot store is rejected by name", async () => {
  const backend = smallBackend()
  const half = { a: spec("f16", [2, 2]) }
  await expect(compile(backend, ({ a }) => ({ y: matmul(a, a) }), { specs: half })).rejects.toThrow(
    /no f16 (input|matmul)/,
  )
  expect(() => backend.upload(new Float32Array(5), spec("f32", [2, 3]))).toThrow("5 elements")
})
