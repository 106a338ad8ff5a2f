import type { Engine } from "./engine.js"
import { wasmEngine } from "./wasm.js"

export interface WebOptions {
  readonly threads?: number
  /** Where ONNX Runtime's .wasm files are served. Default: beside its script. */
  readonly wasmPaths?: string
}

/** Threads share memory, which browsers allow in cross-origin isolated pages only. */
const possibleThreads = (): number =>
  globalThis.crossOriginIsolated ? (navigator.hardwareConcurrency ?? 1) : 1

/** ONNX Runtime in a page or a worker, fetched when first asked for. */
export async function webEngine({
  threads = possibleThreads(),
  wasmPaths,
}: WebOptions): Promise<Engine> {
  const runtime = await import("onnxruntime-web/wasm")
  if (wasmPaths !== undefined) runtime.env.wasm.wasmPaths = wasmPaths
  return wasmEngine(runtime, Math.min(threads, possibleThreads()))
}
