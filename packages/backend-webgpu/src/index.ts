/// <reference types="@webgpu/types" />
import type { Backend } from "@tubelet/core"
import { WebGpuBackend } from "./backend.js"
import { dawn, noAdapter } from "./dawn.js"
import { openDevice } from "./device.js"

/** How a backend is opened. */
export interface WebGpuOptions {
  /**
   * A device to use instead of one's own, with the limits and features it was asked for. It is
   * not destroyed with the backend. Errors of other work on it, unless that has error scopes,
   * surface at the next read here, or at one soon after.
   */
  readonly device?: GPUDevice
  /**
   * Times the possible tiles of every matrix product when it is first compiled and keeps the
   * fastest, which `choices()` then tells. Off unless asked for: the tiles are sane without.
   */
  readonly tune?: boolean
}

/** A backend on a GPU: through the runtime's WebGPU or, as Node has none, through Dawn. */
export async function webgpuBackend({
  device,
  tune = false,
}: WebGpuOptions = {}): Promise<Backend> {
  if (device) return new WebGpuBackend(device, { owned: false }, { tune })
  const instance = globalThis.navigator?.gpu ?? (await dawn())
  return new WebGpuBackend(await openDevice(instance, noAdapter), { owned: true }, { tune })
}

export type { WebGpuFacts } from "./device.js"
export { knows } from "./knows.js"
export { probeAdapter } from "./probe.js"
export type { Binding, Shader } from "./shader.js"
