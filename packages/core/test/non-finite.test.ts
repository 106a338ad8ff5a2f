import { expect, test } from "vitest"
import { firstNonFinite } from "../src/debug/index.js"
import { add, constant, exp, log, mul, softmax, spec, sum, type Tensor, tap } from "../src/index.js"
import { referenceBackend } from "../src/testing/index.js"

const specs = { x: spec("f32", [3]), w: spec("f32", [3]) }
const ones = Float32Array.of(1, 1, 1)

const grown = ({ x, w }: { x: Tensor; w: Tensor }) => {
  const large = tap("large", mul(exp(x), w))
  return { other: sum(w), result: sum(log(large)) }
}

const find = (x: readonly number[], f: typeof grown = grown) =>
  firstNonFinite(referenceBackend(), f, { specs, values: { x: Float32Array.from(x), w: ones } })

test("finds the first op with finite inputs and a non-finite output, with its line", async () => {
  const found = await find([1, 2, 1000])
  expect(found).toMatchObject({ op: "exp", toward: "large" })
  expect(found!.inputs[0]).toBeCloseTo(1003 / 3)
  expect(found!.site).toMatch(/non-finite\.test\.ts:\d+:\d+$/)
  expect(await find([1, -2000, 3])).toMatchObject({ op: "log", toward: "result" })
})

test("finds nothing if all is finite, and names a non-finite input", async () => {
  expect(await find([1, 2, 3])).toBeUndefined()
  expect(await find([1, 2, Number.NaN])).toMatchObject({ op: "input", toward: "x", element: 2 })
})

test("constants may be infinite on purpose", async () => {
  const mask = () => constant([0, Number.NEGATIVE_INFINITY, 0])
  const masked = ({ x, w }: { x: Tensor; w: Tensor }) => ({
    ...{ other: w, result: sum(softmax(add(x, mask()))) },
  })
  expect(await find([1, 2, 3], masked)).toBeUndefined()
})
