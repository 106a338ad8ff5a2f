import { availableParallelism } from "node:os"
import type { Engine } from "./engine.js"
import { wasmEngine } from "./wasm.js"

/**
 * ONNX Runtime's native library. Where there is none, the same as WebAssembly: npm leaves an
 * optional package out if its own install script fails, and some platforms have no build.
 */
export async function nodeEngine({
  threads = availableParallelism(),
}: {
  threads?: number
}): Promise<Engine> {
  try {
    const { nativeEngine } = await import("./native.js")
    return nativeEngine(threads)
  } catch (error) {
    const [reason] = (error as Error).message.split("\n")
    process.emitWarning(
      `ONNX Runtime's library cannot be loaded (${reason}): WebAssembly computes, half as fast`,
      { detail: "To have it: npm install --ignore-scripts onnxruntime-node koffi" },
    )
    return wasmEngine(await import("onnxruntime-web"), threads)
  }
}
