import { type Backend, TubeletError } from "@tubelet/core"
import { WebGpuBackend } from "./backend.js"
import { openDevice } from "./device.js"
import type { WebGpuOptions } from "./index.js"

export type { WebGpuOptions } from "./index.js"

const noAdapter =
  "switch the browser's hardware acceleration on and update the graphics driver; chrome://gpu " +
  "tells more in Chrome; or use backend cpu"

/** A backend on a GPU, in a page or a worker. */
export async function webgpuBackend({
  device,
  tune = false,
}: WebGpuOptions = {}): Promise<Backend> {
  if (device) return new WebGpuBackend(device, { owned: false }, { tune })
  if (!navigator.gpu) throw noWebGpu()
  return new WebGpuBackend(await openDevice(navigator.gpu, noAdapter), { owned: true }, { tune })
}

const noWebGpu = () =>
  isSecureContext
    ? new TubeletError(
        "this browser has no WebGPU",
        "take a newer Chrome, Edge, Firefox or Safari, or use backend cpu",
      )
    : new TubeletError(
        "this page is not secure, and browsers give WebGPU to secure pages only",
        "serve it from https or from localhost",
      )

export type { Binding, Shader } from "./shader.js"
