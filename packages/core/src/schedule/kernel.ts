import type { Node, Tensor } from "../tensor.js"
import type { Expression } from "./expression.js"

/**
 * Writes a value for every element of a tensor, in row-major order. All values of a list of stores
 * are computed before the first is written: one may overwrite what another has read.
 */
export interface Store {
  readonly tensor: Tensor
  readonly value: Expression
}

/** The sum or maximum over the inner loop. */
export interface Reduction {
  readonly op: "sum" | "max"
  /** In the variables `o` and `r`; may use results of earlier reductions. */
  readonly value: Expression
}

/**
 * Two loops: `o` from 0 to outer, in parallel; within it `r` from 0 to inner, once per reduction
 * and once for the inner stores. A map has one inner step and no reductions.
 */
export interface LoopNest {
  readonly kind: "nest"
  readonly outer: number
  readonly inner: number
  readonly reductions: readonly Reduction[]
  /** One element per `o`, after the reductions. */
  readonly outerStores: readonly Store[]
  /** One element per `o * inner + r`, after the reductions. */
  readonly innerStores: readonly Store[]
}

/** A strided view of a tensor: element [i, j, ...] is at offset + i s0 + j s1 ... */
export interface Strided {
  readonly tensor: Tensor
  readonly offset: number
  readonly strides: readonly number[]
}

/**
 * For each `b`: a [m, k] times b [k, n], with a fused epilogue. Stores use the variables `b`, `i`
 * and `j`, and the product as result 0.
 */
export interface Matmul {
  readonly kind: "matmul"
  readonly batch: number
  readonly m: number
  readonly n: number
  readonly k: number
  /** Strides over [batch, m, k]. */
  readonly a: Strided
  /** Strides over [batch, k, n]. */
  readonly b: Strided
  readonly stores: readonly Store[]
}

/** An op with a hand-written kernel in the backend. */
export interface OpaqueKernel {
  readonly kind: "opaque"
  readonly node: Node
  /** One per node input, with strides for its axes. */
  readonly operands: readonly Strided[]
  /** Where the results are stored, likewise; several may lie in one tensor. */
  readonly results: readonly Strided[]
}

/** A single launch. */
export type Kernel = LoopNest | Matmul | OpaqueKernel

/**
 * Flat nests that do the same to different tensors, in any order or all at once: the optimizer's
 * updates of all parameters, the sums of squares of all gradients.
 */
export interface Batch {
  readonly kind: "batch"
  readonly members: readonly LoopNest[]
}

/** The kernels to launch, in order. */
export const membersOf = (x: Kernel | Batch): readonly Kernel[] =>
  x.kind === "batch" ? x.members : [x]
