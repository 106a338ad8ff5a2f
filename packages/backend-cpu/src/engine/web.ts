import type { Engine } from "./engine.js"
import { OnnxSession, type Runtime, sessionOptions } from "./onnx-runtime.js"

export interface WebOptions {
  readonly threads?: number
  /** Where ONNX Runtime's .wasm files are served; beside its script unless given. */
  readonly wasmPaths?: string
}

/** Threads share memory, which browsers allow in cross-origin isolated pages only. */
const possibleThreads = (): number =>
  globalThis.crossOriginIsolated ? (navigator.hardwareConcurrency ?? 1) : 1

/** ONNX Runtime as WebAssembly, fetched when first asked for. */
export async function webEngine({
  threads = possibleThreads(),
  wasmPaths,
}: WebOptions): Promise<Engine> {
  const runtime = await import("onnxruntime-web/wasm")
  if (wasmPaths !== undefined) runtime.env.wasm.wasmPaths = wasmPaths
  runtime.env.wasm.numThreads = Math.min(threads, possibleThreads())
  return {
    name: "ONNX Runtime (WebAssembly)",
    threads: runtime.env.wasm.numThreads,
    async load(file, { arena }) {
      const options = { ...sessionOptions(1, arena), executionProviders: ["wasm"] }
      const session = await runtime.InferenceSession.create(file, options)
      return new OnnxSession(runtime as unknown as Runtime, session, false)
    },
  }
}
