import type { Tensor } from "../tensor.js"

/**
 * The definition of an elementwise op. Code generators map the name to their language; an op with a
 * `formula` is decomposed instead.
 */
export interface ElementwiseRow {
  readonly name: string
  /** Evaluates one element in double precision. */
  readonly evaluate: (...x: number[]) => number
  /** The result's dtype, if it differs from the inputs'. */
  readonly result?: "bool"
  /** Whether computing it costs more than a memory read. */
  readonly expensive?: boolean
  /** Whether it accepts i32; u8 is for storage only and must be cast. */
  readonly integers?: boolean
  /** The cotangents of the inputs, from inputs x, output y and its cotangent g. */
  readonly gradient?: (x: readonly Tensor[], y: Tensor, g: Tensor) => (Tensor | undefined)[]
  readonly formula?: (...x: Tensor[]) => Tensor
  /** A test range for each input, away from kinks and poles. */
  readonly sample: readonly (readonly [number, number])[]
}
