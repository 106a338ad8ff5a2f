import type { ElementType, TensorSource } from "../src/index.js"
import { elementBytes } from "../src/tensor.js"

/** A tensor of any type, its bytes unlike each other. */
export const one = (dtype: ElementType, shape: number[]): TensorSource => ({
  dtype,
  shape,
  bytes: Uint8Array.from(
    { length: shape.reduce((n, d) => n * d, elementBytes[dtype]) },
    (_, i) => (7 * i + 1) % 251,
  ),
})
