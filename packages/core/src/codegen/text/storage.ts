import type { Tensor } from "../../tensor.js"
import type { Binding } from "./shader.js"

/** How code accesses tensor elements. Positions are u32. */
export interface Storage {
  /** Element `i`. */
  at(tensor: Tensor, i: string): string
  /** Elements at four positions; `i` is a vector. */
  each(tensor: Tensor, i: string): string
  /** Elements 4 i to 4 i + 3. */
  quad(tensor: Tensor, i: string): string
  /** A statement that stores element `i`. */
  put(tensor: Tensor, i: string, x: string): string
  /** A statement that stores elements 4 i to 4 i + 3. */
  putQuad(tensor: Tensor, i: string, x: string): string
  /** Declarations of all tensors accessed so far. */
  readonly code: string
  readonly bindings: readonly Binding[]
}
