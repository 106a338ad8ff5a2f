import { expect, test } from "vitest"
import { encodePth, encodeSafetensors, fromFloats, openCheckpoint } from "../../src/index.js"

const tensors = { "norm.weight": fromFloats([2], Float32Array.of(1.5, -2), "BF16") }

test("a page opens checkpoints from blobs and buffers", async () => {
  const safetensors = await encodeSafetensors(tensors)
  const pth = await encodePth(tensors)
  for (const input of [
    new Blob([safetensors]),
    safetensors.buffer,
    new File([pth], "a.pth"),
    pth,
  ]) {
    const file = await openCheckpoint(input)
    expect(await file.floats("norm.weight")).toEqual(Float32Array.of(1.5, -2))
  }
})

test("a path is refused with what to pass instead", async () => {
  await expect(openCheckpoint("model.safetensors")).rejects.toThrow(
    /needs Node\npass an ArrayBuffer, a Uint8Array or a Blob/,
  )
})
