import type { Tensor } from "@tubelet/core"

/** A tensor that a shader reads or writes, bound as a whole. */
export interface Binding {
  readonly tensor: Tensor
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
