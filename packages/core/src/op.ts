import type { Spec } from "./dtype.js"
import type { ElementwiseRow } from "./ops/elementwise-row.js"
import { Node, type Tensor } from "./tensor.js"

// biome-ignore lint/suspicious/noExplicitAny: an op's attributes are its own business
type Attrs = any

/** The node that a gradient rule differentiates. */
export interface Applied<A = Attrs> {
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
  readonly attrs: A
}

/**
 * A source is in memory before anything runs. A map is elementwise, a view only remaps indices, and
 * a reduction folds axes: these are fused. An opaque op has its own kernel, which reads its inputs
 * from memory.
 */
export type OpKind = "source" | "map" | "view" | "reduce" | "opaque"

/**
 * An operation, with its shape rule, gradient and decomposition. An op without `decompose` is a
 * primitive: every backend must support it.
 */
export interface Op<A = Attrs> {
  readonly name: string
  /**
   * The specs of the outputs. Throws a ShapeError that names the op for inputs it does not accept.
   */
  shape(inputs: readonly Tensor[], attrs: A): Spec[]
  /**
   * The cotangents of the inputs, given those of the outputs (undefined for outputs that the loss
   * does not depend on). Without a rule, or if it returns undefined, a composite is differentiated
   * through its decomposition.
   */
  gradient?(
    node: Applied<A>,
    cotangents: readonly (Tensor | undefined)[],
  ): readonly (Tensor | undefined)[] | undefined
  /** The same outputs in terms of simpler ops. */
  decompose?(inputs: readonly Tensor[], attrs: A): readonly Tensor[]
  /** How kernels treat it; `opaque` by default. */
  readonly kind?: OpKind
  /** For views: the elements stay in place and strides can address them (unlike pad or concat). */
  readonly isStrided?: boolean
  /** For opaque ops: the kernel can write results with any strides. */
  readonly writesStrided?: boolean
  /** FLOPs of its matrix products; a multiply-add counts as two. The rest is negligible. */
  flops?(inputs: readonly Tensor[], attrs: A): number
  /** For elementwise ops: the table row that every code generator reads. */
  readonly elementwise?: ElementwiseRow
}

export const isPrimitive = (op: Op): boolean => op.decompose === undefined

const isKind =
  (kind: OpKind) =>
  ({ op }: Node): boolean =>
    (op.kind ?? "opaque") === kind

/** A value given from outside: nothing computes it, and every kernel may read it. */
export const isSource = isKind("source")
export const isMap = isKind("map")
export const isView = isKind("view")
export const isReduction = isKind("reduce")
export const isOpaque = isKind("opaque")

/** Adds a node for `op` and returns its outputs. */
export function apply<A extends object>(
  op: Op<A>,
  inputs: readonly Tensor[],
  attrs: A,
): readonly Tensor[] {
  const specs = op.shape(inputs, attrs)
  return new Node(op, inputs, attrs as Readonly<Record<string, unknown>>, specs).outputs
}

/** `apply` for ops with one output. */
export const apply1 = <A extends object>(op: Op<A>, inputs: readonly Tensor[], attrs: A): Tensor =>
  apply(op, inputs, attrs)[0]
