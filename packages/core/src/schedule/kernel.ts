import type { Node, Tensor } from "../tensor.js"
import type { Expression } from "./expression.js"

/**
 * Writes a value for every element of a tensor, in row-major order. The values of a list of stores
 * are all computed before the first is written: one may overwrite what another has read.
 */
export interface Store {
  readonly tensor: Tensor
  readonly value: Expression
}

/** A sum or a largest element over the inner loop. */
export interface Reduction {
  readonly op: "sum" | "max"
  /** In the variables `o` and `r`; may use the results of earlier reductions. */
  readonly value: Expression
}

/**
 * Two loops: `o` from 0 to outer, all at once; in it `r` from 0 to inner, once for each reduction
 * and once for the inner stores. A map has one inner step and no reduction.
 */
export interface LoopNest {
  readonly kind: "nest"
  readonly outer: number
  readonly inner: number
  readonly reductions: readonly Reduction[]
  /** One element for each `o`, after the reductions. */
  readonly outerStores: readonly Store[]
  /** One element for each `o * inner + r`, after the reductions. */
  readonly innerStores: readonly Store[]
}

/** A tensor in memory, seen with strides: element [i, j, ...] lies at offset + i s0 + j s1 ... */
export interface Strided {
  readonly tensor: Tensor
  readonly offset: number
  readonly strides: readonly number[]
}

/**
 * For each `b`: a [m, k] times b [k, n], with what follows of it. The stores' values use the
 * variables `b`, `i` and `j` and the product as result 0.
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

/** An op that a backend has a kernel of its own for. */
export interface OpaqueKernel {
  readonly kind: "opaque"
  readonly node: Node
  /** In the order of the node's inputs, strides over the axes of each. */
  readonly operands: readonly Strided[]
  /** Where its results are stored, likewise: several may lie in one tensor, beside others'. */
  readonly results: readonly Strided[]
}

/** What a device is started for once. */
export type Kernel = LoopNest | Matmul | OpaqueKernel

/**
 * Flat nests that do the same to other tensors, in any order or all at once: an optimizer's updates
 * of all parameters, the sums of squares of all gradients.
 */
export interface Batch {
  readonly kind: "batch"
  readonly members: readonly LoopNest[]
}

/** The kernels that are run, in an order in which they can. */
export const membersOf = (x: Kernel | Batch): readonly Kernel[] =>
  x.kind === "batch" ? x.members : [x]
