import type { HostArray, ProfileRow, Spec } from "@tubelet/core"

/** A tensor as an engine takes it: elements on the host or in a WebAssembly memory. */
export interface Elements extends Spec {
  readonly data: HostArray
}

/** A wanted result. With `into`, the elements are written there; else into a fresh array. */
export interface Wanted extends Spec {
  readonly into?: HostArray
}

/** A loaded ONNX graph. One run at a time. */
export interface Session {
  run(
    feeds: ReadonlyMap<string, Elements>,
    wanted: ReadonlyMap<string, Wanted>,
  ): Promise<Map<string, HostArray>>
  /** Ends measuring and tells the time of each kind of node; loaded with `profile`. */
  profile?(): Promise<ProfileRow[]>
  release(): Promise<void>
}

export interface LoadOptions {
  readonly profile: boolean
  /** Whether it is the program's only session. */
  readonly alone: boolean
}

/** What runs ONNX graphs. */
export interface Engine {
  /** Its name and version. */
  readonly name: string
  readonly threads: number
  /** Whether it takes memory that threads share. */
  readonly takesShared: boolean
  load(file: Uint8Array, options: LoadOptions): Promise<Session>
}
