import type { Tensor } from "../../tensor.js"

/** How a shader binds its tensors. */
export interface Bound {
  access(tensor: Tensor): Binding["access"]
  /** Larger tensors take several bindings, one per part of this many bytes. */
  readonly partBytes: number
}

/** A tensor that a shader accesses, or a part of a large one. */
export interface Binding {
  readonly tensor: Tensor
  /** The part's number from 0, and its size in bytes. */
  readonly part: number
  readonly bytes: number
  /** How the shader accesses it; `read` only if the shader writes nothing in the same buffer. */
  readonly access: "read" | "read_write"
}

/** A program and its bindings. */
export interface Printed {
  /** A summary for errors and profiles: `matmul 160x768x3072 + gelu`. */
  readonly label: string
  /** In the dialect's language; it binds `bindings` in order. */
  readonly code: string
  readonly bindings: readonly Pick<Binding, "access">[]
}

/** One dispatch. Kernels that differ only in their tensors have equal code. */
export interface Shader extends Printed {
  readonly bindings: readonly Binding[]
  readonly workgroups: readonly [number, number, number]
}
