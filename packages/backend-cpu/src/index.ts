import type { Backend } from "@tubelet/core"
import { CpuBackend } from "./backend.js"
import { nodeEngine } from "./engine/node.js"

export interface CpuOptions {
  /** Threads of matrix products; all cores unless given. */
  readonly threads?: number
  /** In browsers: where ONNX Runtime's .wasm files are served. */
  readonly wasmPaths?: string
  /**
   * Cuts each compiled function into parts that make about so many bytes of tensors, and uses up
   * gradients after each: a quarter less memory, for a fifth to a third more time. Steps whose
   * state is above 2 GiB are cut at 96 MiB unless this is given.
   */
  readonly partBytes?: number
}

/** A backend that runs on any CPU. */
export const cpuBackend = async (options: CpuOptions = {}): Promise<Backend> =>
  new CpuBackend(await nodeEngine(options), options.partBytes)
