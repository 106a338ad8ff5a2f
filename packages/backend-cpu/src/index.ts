import type { Backend } from "@tubelet/core"
import { CpuBackend } from "./backend.js"

export interface CpuOptions {
  /** Threads of the large products; all cores unless given. */
  readonly threads?: number
  /** In a browser: where ONNX Runtime's .wasm files are. */
  readonly wasmPaths?: string
}

/** Opens the CPU backend: ONNX Runtime's native library in Node, its WebAssembly in a browser. */
export async function cpuBackend({ threads, wasmPaths }: CpuOptions = {}): Promise<Backend> {
  if (globalThis.process?.versions?.node !== undefined) {
    const { nodeEngine } = await import("./engine-node.js")
    return new CpuBackend(await nodeEngine(threads))
  }
  const { webEngine } = await import("./engine-web.js")
  const options = { ...(threads && { threads }), ...(wasmPaths && { wasmPaths }) }
  return new CpuBackend(await webEngine(options))
}
