import type { Tensor } from "../../tensor.js"

/** How a shader's tensors are bound. */
export interface Bound {
  access(tensor: Tensor): Binding["access"]
  /** A tensor of more bytes takes several bindings, each for a part of so many. */
  readonly partBytes: number
}

/** A tensor that a shader reads or writes, or a part of a large one. */
export interface Binding {
  readonly tensor: Tensor
  /** Which part, from 0 on, and its bytes. */
  readonly part: number
  readonly bytes: number
  /** What the WGSL declares; `read` only where nothing in the same buffer is written. */
  readonly access: "read" | "read_write"
}

/** WGSL and how its bindings are declared. */
export interface Printed {
  /** What the kernel does, for errors and profiles: `matmul 160x768x3072 + gelu`. */
  readonly label: string
  /** WGSL with one entry point, `main`, and group 0's bindings numbered as `bindings`. */
  readonly code: string
  readonly bindings: readonly Pick<Binding, "access">[]
}

/** One dispatch. Equal kernels over other tensors of the same shapes have equal code. */
export interface Shader extends Printed {
  readonly bindings: readonly Binding[]
  readonly workgroups: readonly [number, number, number]
}
