import type { Backend } from "@tubelet/core"
import { CpuBackend } from "./backend.js"
import { webEngine } from "./engine/web.js"
import type { CpuOptions } from "./index.js"

export type { CpuOptions } from "./index.js"

/** A backend that runs on any CPU, in a page or a worker. */
export const cpuBackend = async (options: CpuOptions = {}): Promise<Backend> =>
  new CpuBackend(await webEngine(options), options)
