import type { Backend } from "@tubelet/core"
import { CpuBackend } from "./backend.js"
import { nodeEngine } from "./engine/node.js"
import { threadTeam } from "./wasm/team.js"

export { TornStateError } from "./wasm/team.js"

export interface CpuOptions {
  /** Threads of matrix products. Default: all cores. */
  readonly threads?: number
  /** In browsers: where ONNX Runtime's .wasm files are served. */
  readonly wasmPaths?: string
  /**
   * Cuts each compiled function into parts that make about this many bytes of tensors, and uses up
   * gradients after each. Default: 96 MiB. Infinity leaves it whole, which is a few per cent
   * faster and holds all gradients at once.
   */
  readonly partBytes?: number
}

/** A backend that runs on any CPU. */
export async function cpuBackend({ threads, partBytes }: CpuOptions = {}): Promise<Backend> {
  const engine = await nodeEngine({ threads })
  const team = engine.takesShared ? threadTeam(engine.threads) : undefined
  return new CpuBackend(engine, { partBytes, team })
}
