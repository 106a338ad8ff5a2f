import type { WebGpuBackend } from "../../src/backend.js"
import { webgpuBackend } from "../../src/index.js"

/** A backend that makes the choices of a GPU, most of which are disabled on a CPU. */
export async function gpuBackend(): Promise<WebGpuBackend> {
  const backend = (await webgpuBackend()) as WebGpuBackend
  return Object.assign(backend, { device: { ...backend.device, software: false } })
}
