import { availableParallelism } from "node:os"
import type { Engine } from "./engine.js"
import { wasmEngine } from "./wasm.js"

/**
 * ONNX Runtime's native library, or its WebAssembly build if that is missing: npm skips an optional
 * package whose install script fails, and some platforms have no build.
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
      `cannot load ONNX Runtime's library (${reason}): using WebAssembly, which is half as fast`,
      { detail: "to install it: npm install --ignore-scripts onnxruntime-node koffi" },
    )
    return wasmEngine(await import("onnxruntime-web"), threads)
  }
}
