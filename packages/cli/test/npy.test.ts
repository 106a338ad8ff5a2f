import { expect, test } from "vitest"
import { npyOf } from "../src/extract/npy.js"

// The bytes of numpy.save for numpy.arange(6, dtype="float32").reshape(2, 3), NumPy 2.
const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"

test("rows become what NumPy saves", () => {
  const bytes = npyOf([Float32Array.of(0, 1, 2), Float32Array.of(3, 4, 5)])
  expect([...bytes.subarray(0, 10)]).toEqual([147, 78, 85, 77, 80, 89, 1, 0, 118, 0])
  expect(Buffer.from(bytes.subarray(10, 128)).toString()).toBe(`${header.padEnd(117)}\n`)
  expect([...new Float32Array(Uint8Array.from(bytes.subarray(128)).buffer)]).toEqual([
    0, 1, 2, 3, 4, 5,
  ])
})
