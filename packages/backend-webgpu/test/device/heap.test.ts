import { spec } from "@tubelet/core"
import { expect, test } from "vitest"
import { allocate } from "../../src/array.js"
import type { WebGpuBackend } from "../../src/backend.js"
import { webgpuBackend } from "../../src/index.js"

const mebibyte = 2 ** 20
const mebibytes = (n: number) => spec("u8", [n * mebibyte])

test("if only the block fits, its chunk is no larger", async () => {
  const backend = (await webgpuBackend()) as WebGpuBackend
  Object.assign(backend.buffers, { memoryBytes: 7 * mebibyte })
  const held = [allocate(backend, mebibytes(4)), allocate(backend, mebibytes(2))]
  expect(backend.memory()).toEqual({ bytesInUse: 6 * mebibyte, bytesReserved: 6 * mebibyte })
  expect(() => allocate(backend, mebibytes(2))).toThrow("requested 2.0 MiB, in use 6.0 MiB")
  held.push(allocate(backend, mebibytes(1)))
  for (const handle of held) handle.dispose()
  expect(backend.memory().bytesInUse).toBe(0)
  await backend.dispose()
})

test("after a refused chunk, the next is only as large as its block", async () => {
  const backend = (await webgpuBackend()) as WebGpuBackend
  const { gpu } = backend
  const createBuffer = gpu.createBuffer.bind(gpu)
  const [room, more] = [3 * mebibyte, 2 ** 50]
  gpu.createBuffer = (asked) =>
    createBuffer({ ...asked, size: asked.size > room ? more : asked.size })
  const refused = allocate(backend, spec("u8", [1000]))
  await expect(refused.data()).rejects.toThrow("out of GPU memory for u8")
  refused.dispose()
  const given = new Uint8Array(1000).fill(7)
  const handle = backend.upload(given, spec("u8", [1000]))
  expect(await handle.data()).toEqual(given)
  handle.dispose()
  await backend.dispose()
})
