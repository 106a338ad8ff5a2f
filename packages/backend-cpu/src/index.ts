import type { Backend } from "@tubelet/core"
import { CpuBackend } from "./backend.js"
import { nodeEngine } from "./engine/node.js"
import { threadTeam } from "./wasm/team.js"

export { TornStateError } from "./wasm/team.js"

export interface CpuOptions {
  /** Threads for matrix products. Default: all cores. */
  readonly threads?: number
  /** In browsers: the URL of ONNX Runtime's .wasm files. */
  readonly wasmPaths?: string
  /**
   * Splits each compiled function into parts that produce about this many bytes of tensors, and
   * applies gradients after each. Default: 96 MiB. Infinity disables the split: a few per cent
   * faster, but all gradients are held at once.
   */
  readonly partBytes?: number
}

/** A backend that runs on any CPU. */
export async function cpuBackend({ threads, partBytes }: CpuOptions = {}): Promise<Backend> {
  const engine = await nodeEngine({ threads })
  const team = engine.takesShared ? threadTeam(engine.threads) : undefined
  return new CpuBackend(engine, { partBytes, team })
}
