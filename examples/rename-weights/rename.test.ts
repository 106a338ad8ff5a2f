import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fromFloats, openSafetensors, writeSafetensors } from "@tubelet/checkpoint"
import { expect, test } from "vitest"
import { listTensors, renameTensors } from "./rename.js"

test("tensors get other names and keep their bytes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tubelet-rename-"))
  const [path, out] = [join(folder, "a.safetensors"), join(folder, "b.safetensors")]
  await writeSafetensors(path, {
    "encoder.weight": fromFloats([2, 2], Float32Array.of(1, 2, 3, 4)),
    "encoder.bias": fromFloats([2], Float32Array.of(0.5, -0.5), "BF16"),
    "head.bias": fromFloats([1], Float32Array.of(7)),
  })
  await renameTensors(path, out, { from: "encoder.", to: "backbone.encoder." })
  expect((await listTensors(out)).sort()).toEqual([
    "backbone.encoder.bias  BF16 [2]",
    "backbone.encoder.weight  F32 [2, 2]",
    "head.bias  F32 [1]",
  ])

  const [before, after] = [await openSafetensors(path), await openSafetensors(out)]
  const { bytes } = await after.read("backbone.encoder.bias")
  expect(bytes).toEqual((await before.read("encoder.bias")).bytes)
  await Promise.all([before.close(), after.close()])
})
