import { availableParallelism } from "node:os"
import { TubeletError } from "@tubelet/core"
import type { Engine } from "./engine.js"
import { loadSession, type Ort, sessionOptions } from "./engine-ort.js"

/** ONNX Runtime's native library. */
export async function nodeEngine(threads = availableParallelism()): Promise<Engine> {
  const ort = await import("onnxruntime-node").catch((cause: unknown) => {
    throw new TubeletError(
      `onnxruntime-node cannot be loaded: ${(cause as Error).message}`,
      "install it beside @tubelet/backend-cpu; it needs a 64-bit Linux, macOS or Windows",
      { cause },
    )
  })
  return {
    name: "onnxruntime-node",
    threads,
    load: (model) => loadSession(ort as unknown as Ort, model, sessionOptions(threads)),
  }
}
