import type { Tensor } from "../../tensor.js"
import type { Binding } from "./shader.js"

/** How printed code reaches the elements of tensors; positions are u32. */
export interface Storage {
  /** Element `i`. */
  at(tensor: Tensor, i: string): string
  /** Four elements, `i` a vector. */
  each(tensor: Tensor, i: string): string
  /** Elements 4 i to 4 i + 3. */
  quad(tensor: Tensor, i: string): string
  /** A statement that writes element `i`. */
  put(tensor: Tensor, i: string, x: string): string
  /** A statement that writes elements 4 i to 4 i + 3. */
  putQuad(tensor: Tensor, i: string, x: string): string
  /** The declarations of what was reached. */
  readonly code: string
  readonly bindings: readonly Binding[]
}
