import type { Tensor } from "../tensor.js"

/**
 * All there is to know of an elementwise op. Printers map the name to their language; a row with
 * a `formula` needs no printer, it decomposes.
 */
export interface ElementwiseRow {
  readonly name: string
  /** One element, in double precision. */
  readonly evaluate: (...x: number[]) => number
  /** The result's type when it is not that of the inputs. */
  readonly result?: "bool"
  /** Whether its value costs more than a read of memory. */
  readonly expensive?: boolean
  /** Whether i32 is taken too; u8 is for storage and must be cast. */
  readonly integers?: boolean
  /** Cotangents of the inputs from inputs x, output y and its cotangent g. */
  readonly gradient?: (x: readonly Tensor[], y: Tensor, g: Tensor) => (Tensor | undefined)[]
  readonly formula?: (...x: Tensor[]) => Tensor
  /** Per input, a range to test in: away from kinks and poles. */
  readonly sample: readonly (readonly [number, number])[]
}
