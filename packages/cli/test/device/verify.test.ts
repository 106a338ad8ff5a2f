import { webgpuBackend } from "@tubelet/backend-webgpu"
import { expect, test } from "vitest"
import { setFolder } from "../../src/verify/folder.js"
import { describeGoldenSets, goldenSets } from "../support/golden-sets.js"

const backend = await webgpuBackend()

describeGoldenSets(backend, (set) => setFolder(`${goldenSets.folder}/${set}`))

test("verify leaves nothing on the device", async () => {
  expect(backend.memory().bytesInUse).toBe(0)
  await backend.dispose()
  expect(backend.memory().bytesReserved).toBe(0)
})
