import { expect, test } from "vitest"
import { castFloats, encodeSafetensors, fromFloats, openSafetensors } from "../src/index.js"

test("floats of any width become one type; integers are unchanged", async () => {
  const count = { dtype: "I64", shape: [1], bytes: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) } as const
  const values = Float32Array.of(1.5, -2.25)
  const file = await openSafetensors(
    await encodeSafetensors({
      count,
      full: fromFloats([2], values),
      half: fromFloats([2], values, "F16"),
    }),
  )
  const cast = castFloats(file, "BF16")
  expect(cast.names.map((name) => cast.dtype(name))).toEqual(["I64", "BF16", "BF16"])
  expect(await cast.read("count")).toEqual(count)
  for (const name of ["full", "half"]) expect(await cast.floats(name)).toEqual(values)
  const written = await encodeSafetensors(Object.fromEntries(cast.tensors))
  expect((await openSafetensors(written)).dtype("half")).toBe("BF16")
})
