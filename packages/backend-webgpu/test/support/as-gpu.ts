import type { WebGpuBackend } from "../../src/backend.js"
import { webgpuBackend } from "../../src/index.js"

/** A backend that chooses as on a GPU: where a CPU does the work, it leaves most of that out. */
export async function gpuBackend(): Promise<WebGpuBackend> {
  const backend = (await webgpuBackend()) as WebGpuBackend
  return Object.assign(backend, { device: { ...backend.device, software: false } })
}
