import type { Spec } from "./dtype.js"
import type { ElementwiseRow } from "./ops/elementwise-row.js"
import { Node, type Tensor } from "./tensor.js"

// biome-ignore lint/suspicious/noExplicitAny: an op's attributes are its own business
type Attrs = any

/** What a gradient rule may read: the node it differentiates. */
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
 * An operation. Its shape rule, its gradient and its decomposition stand here, in one place.
 * An op without `decompose` is a primitive: every backend must know it.
 */
export interface Op<A = Attrs> {
  readonly name: string
  /** The specs of the outputs; throws a ShapeError that names the op for inputs it cannot take. */
  shape(inputs: readonly Tensor[], attrs: A): Spec[]
  /**
   * The cotangent of each input, given those of the outputs (undefined: not on the way to the
   * loss). A composite without a rule, or whose rule gives nothing, is differentiated through
   * its decomposition.
   */
  gradient?(
    node: Applied<A>,
    cotangents: readonly (Tensor | undefined)[],
  ): readonly (Tensor | undefined)[] | undefined
  /** The same outputs from simpler ops. */
  decompose?(inputs: readonly Tensor[], attrs: A): readonly Tensor[]
  /** What kernels make of it; `opaque` where it does not say. */
  readonly kind?: OpKind
  /** For views: the elements stay in place and strides can address them (unlike pad or concat). */
  readonly isStrided?: boolean
  /** Of an opaque op: its kernel writes each result with any strides. */
  readonly writesStrided?: boolean
  /** Operations of its products, two for a multiply-add; all else is next to nothing. */
  flops?(inputs: readonly Tensor[], attrs: A): number
  /** Set for elementwise ops: the row that every printer reads. */
  readonly elementwise?: ElementwiseRow
}

export const isPrimitive = (op: Op): boolean => op.decompose === undefined

const isKind =
  (kind: OpKind) =>
  ({ op }: Node): boolean =>
    (op.kind ?? "opaque") === kind

/** A value that is given: nothing computes it, and every part of a graph may read it. */
export const isSource = isKind("source")
export const isMap = isKind("map")
export const isView = isKind("view")
export const isReduction = isKind("reduce")
export const isOpaque = isKind("opaque")

/** Makes a node of `op` and returns its outputs. */
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
