import { type Backend, TubeletError } from "@tubelet/core"
import { probe, type WebGpuFacts } from "./device/facts.js"
import { openBackend, type WebGpuOptions } from "./open.js"

export type { WebGpuFacts } from "./device/facts.js"
export type { WebGpuOptions } from "./open.js"

const noAdapter =
  "turn on hardware acceleration and update the graphics driver (in Chrome, see chrome://gpu), " +
  "or use the CPU backend"

/** A backend on a GPU, in a page or a worker. */
export const webgpuBackend = (options: WebGpuOptions = {}): Promise<Backend> =>
  openBackend(options, requireWebGpu, noAdapter)

/** The adapter that a backend would use. */
export const probeAdapter = async (): Promise<WebGpuFacts> => probe(requireWebGpu(), noAdapter)

function requireWebGpu(): GPU {
  if (navigator.gpu) return navigator.gpu
  throw noWebGpu()
}

const noWebGpu = () =>
  isSecureContext
    ? new TubeletError(
        "this browser does not support WebGPU",
        "use a newer Chrome, Edge, Firefox or Safari, or the CPU backend",
      )
    : new TubeletError(
        "this page is not a secure context, which WebGPU requires",
        "serve it over https or from localhost",
      )

export type { Binding, Shader } from "@tubelet/core/codegen"
export { supports } from "./supports.js"
