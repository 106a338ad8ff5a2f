import { expect, test } from "vitest"
import type { WebGpuBackend } from "../../src/backend.js"
import { webgpuBackend } from "../../src/browser.js"
import { describeDeviceErrors } from "../support/device-errors.js"

describeDeviceErrors(async () => (await webgpuBackend()) as WebGpuBackend)

const without = async (gpu: unknown): Promise<void> => {
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true })
  try {
    await webgpuBackend()
  } finally {
    Reflect.deleteProperty(navigator, "gpu")
  }
}

test("a browser without WebGPU or without a GPU gets advice", async () => {
  await expect(without(undefined)).rejects.toThrow(
    "this browser does not support WebGPU\nuse a newer",
  )
  const none = { requestAdapter: async () => null }
  await expect(without(none)).rejects.toThrow("WebGPU found no GPU\nturn on hardware")
})
