import { totalmem } from "node:os"
import type { Backend } from "@tubelet/core"
import { dawn, noAdapter } from "./device/dawn.js"
import { openBackend, type WebGpuOptions } from "./open.js"

/**
 * The fraction of memory for software devices, which allocate until the system kills the process.
 */
const softwareShare = 0.8

/** A backend on a GPU, through the runtime's WebGPU or, in Node, through Dawn. */
export const webgpuBackend = (options: WebGpuOptions = {}): Promise<Backend> =>
  openBackend(
    options,
    async () => globalThis.navigator?.gpu ?? (await dawn()),
    noAdapter,
    Math.floor(softwareShare * totalmem()),
  )

export type { Binding, Shader } from "@tubelet/core/codegen"
export type { WebGpuFacts } from "./device/facts.js"
export { probeAdapter } from "./device/probe.js"
export type { WebGpuOptions } from "./open.js"
export { supports } from "./supports.js"
