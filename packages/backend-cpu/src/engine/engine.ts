import type { HostArray, ProfileRow, Spec } from "@tubelet/core"

/** A tensor for an engine: elements on the host or in WebAssembly memory. */
export interface Elements extends Spec {
  readonly data: HostArray
}

/** A requested result. It is written to `into` if set, else to a new array. */
export interface Wanted extends Spec {
  readonly into?: HostArray
}

/** A loaded ONNX graph, for one run at a time. */
export interface Session {
  run(
    feeds: ReadonlyMap<string, Elements>,
    wanted: ReadonlyMap<string, Wanted>,
  ): Promise<Map<string, HostArray>>
  /** Stops profiling and returns the time by node type; only if loaded with `profile`. */
  profile?(): Promise<ProfileRow[]>
  release(): Promise<void>
}

export interface LoadOptions {
  readonly profile: boolean
  /** Whether it is the program's only session. */
  readonly alone: boolean
}

/** Runs ONNX graphs. */
export interface Engine {
  /** Its name and version. */
  readonly name: string
  readonly threads: number
  /** Whether it accepts memory shared by threads. */
  readonly takesShared: boolean
  load(file: Uint8Array, options: LoadOptions): Promise<Session>
}
