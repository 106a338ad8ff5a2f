import type { Backend } from "@tubelet/core"
import { CpuBackend } from "./backend.js"
import { nodeEngine } from "./engine/node.js"

export interface CpuOptions {
  /** Threads of matrix products; all cores unless given. */
  readonly threads?: number
  /** In browsers: where ONNX Runtime's .wasm files are served. */
  readonly wasmPaths?: string
}

/** A backend that runs on any CPU. */
export const cpuBackend = async (options: CpuOptions = {}): Promise<Backend> =>
  new CpuBackend(await nodeEngine(options))
