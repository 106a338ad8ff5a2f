import { webgpuBackend } from "@tubelet/backend-webgpu"
import { expect, test } from "vitest"
import { describeGoldenSets, eachKind } from "../support/golden-sets.js"
import { folderOf } from "../support/set-folder.js"

const backend = await webgpuBackend()

describeGoldenSets(backend, folderOf, eachKind)

test("verify leaves nothing on the device", async () => {
  expect(backend.memory().bytesInUse).toBe(0)
  await backend.dispose()
  expect(backend.memory().bytesReserved).toBe(0)
})
