import type { Backend } from "@tubelet/core"
import type { Engine } from "./engine/engine.js"
import type { Queue } from "./queue.js"
import type { Arena, LoopRunner } from "./wasm/index.js"

/** An engine and the memories beside it: all that programs know of a backend. */
export interface Cpu extends Backend {
  readonly engine: Engine
  readonly arena: Arena
  readonly loops: LoopRunner
  readonly queue: Queue
  /** What a part of a step makes in tensors; see `CpuOptions`. */
  readonly partBytes: number | undefined
  /** Throws once the backend was disposed of. */
  requireLive(): void
}
