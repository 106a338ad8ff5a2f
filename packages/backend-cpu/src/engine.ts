import type { DType, HostArray } from "@tubelet/core"

/** Values by name, as a session reads and writes them. */
export type Values = Readonly<Record<string, SessionValue>>

export interface SessionValue {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: HostArray
}

/** A compiled ONNX graph. */
export interface Session {
  /** Computes all `fetches`; their data is overwritten in place. */
  run(feeds: Values, fetches: Values): Promise<void>
  dispose(): Promise<void>
}

/** What runs ONNX files: ONNX Runtime's native library in Node, its WebAssembly in a browser. */
export interface Engine {
  readonly name: string
  readonly threads: number
  load(model: Uint8Array): Promise<Session>
}
