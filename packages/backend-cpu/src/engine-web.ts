import type { Engine } from "./engine.js"
import { loadSession, type Ort, sessionOptions } from "./engine-ort.js"

export interface WebEngineOptions {
  readonly threads?: number
  /** Where ONNX Runtime's .wasm files are; its own default unless given. */
  readonly wasmPaths?: string
}

/** ONNX Runtime's WebAssembly; several threads only where the page is cross-origin isolated. */
export async function webEngine({ threads, wasmPaths }: WebEngineOptions = {}): Promise<Engine> {
  const ort = await import("onnxruntime-web/wasm")
  const isolated = globalThis.crossOriginIsolated === true
  const count = isolated ? (threads ?? globalThis.navigator?.hardwareConcurrency ?? 1) : 1
  ort.env.wasm.numThreads = count
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths
  const { extra: _, ...options } = sessionOptions(count)
  return {
    name: "onnxruntime-web",
    threads: count,
    load: (model) =>
      loadSession(ort as unknown as Ort, model, { ...options, executionProviders: ["wasm"] }),
  }
}
