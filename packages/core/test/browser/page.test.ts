import { compile, gradients, mean, spec, square, sub } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { expect, test } from "vitest"

test("a step is traced, differentiated and run in a page, without Node", async () => {
  expect(globalThis).toHaveProperty("document")
  const step = await compile(
    referenceBackend(),
    ({ x, target }) => {
      const loss = mean(square(sub(x, target)))
      return { loss, ...gradients(loss, { x }) }
    },
    { specs: { x: spec("f32", [2]), target: spec("f32", [2]) } },
  )
  const { loss, grads } = step.run({ x: Float32Array.of(3, 1), target: Float32Array.of(1, 1) })
  expect(await loss.item()).toBe(2)
  expect([...(await grads.x.data())]).toEqual([2, 0])
})
