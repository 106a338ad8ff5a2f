import { expect, test } from "vitest"
import { webgpuBackend } from "../../../../backend-webgpu/src/browser.js"
import type { SetFiles } from "../../../src/verify/index.js"
import { authors, describeGoldenSets, goldenSets } from "../../support/golden-sets.js"

/** The files of a set that the page's server hands out. */
const served = (set: string): SetFiles => ({
  name: set,
  beside: served,
  has: async (file) => goldenSets[set]?.files.includes(file) ?? false,
  async open(file) {
    const response = await fetch(`/@fs${goldenSets[set]?.folder}/${set}/${file}`)
    if (!response.ok) throw new Error(`${set}/${file}: ${response.status} ${response.statusText}`)
    return response.blob()
  },
})

const backend = await webgpuBackend()

describeGoldenSets(backend, served, authors)

test("verify leaves nothing on the device", async () => {
  expect(backend.memory().bytesInUse).toBe(0)
  await backend.dispose()
  expect(backend.memory().bytesReserved).toBe(0)
})
