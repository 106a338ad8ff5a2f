import type { Engine } from "./engine.js"
import { wasmEngine } from "./wasm.js"

export interface WebOptions {
  readonly threads?: number
  /** The URL of ONNX Runtime's .wasm files. Default: next to its script. */
  readonly wasmPaths?: string
}

/** Threads need shared memory, which browsers allow only in cross-origin isolated pages. */
const possibleThreads = (): number =>
  globalThis.crossOriginIsolated ? (navigator.hardwareConcurrency ?? 1) : 1

/** ONNX Runtime in a page or a worker, fetched on first use. */
export async function webEngine({
  threads = possibleThreads(),
  wasmPaths,
}: WebOptions): Promise<Engine> {
  const runtime = await import("onnxruntime-web/wasm")
  if (wasmPaths !== undefined) runtime.env.wasm.wasmPaths = wasmPaths
  return wasmEngine(runtime, Math.min(threads, possibleThreads()))
}
