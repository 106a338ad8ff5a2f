import type { Backend } from "@tubelet/core"
import type { Engine } from "./engine/engine.js"
import type { Queue } from "./queue.js"
import type { Arena, LoopRunner } from "./wasm/index.js"

/** An engine and its memories: the part of a backend that programs use. */
export interface Cpu extends Backend {
  readonly engine: Engine
  readonly arena: Arena
  readonly loops: LoopRunner
  readonly queue: Queue
  /** The bytes of tensors that each part of a step produces; see `CpuOptions`. */
  readonly partBytes: number | undefined
  /** Throws if the backend was disposed. */
  requireLive(): void
}
