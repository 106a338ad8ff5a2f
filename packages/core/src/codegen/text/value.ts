import { bytesPerElement, type DType } from "../../dtype.js"

/** Number of elements in a value. */
export type Width = 1 | 4

/** The register type. */
export type Scalar = "f32" | "i32" | "u32" | "bool"

/** A value's type: a scalar, shared by all lanes, or a vector of four. */
export interface Register {
  readonly width: Width
  readonly scalar: Scalar
}

/** An expression in the target language. */
export interface Value extends Register {
  readonly code: string
}

const registers = {
  f32: "f32",
  f16: "f32",
  bf16: "f32",
  i32: "i32",
  u8: "u32",
  bool: "bool",
} as const satisfies Record<DType, Scalar>

/** The register type of a dtype. */
export const registerOf = (dtype: DType): Scalar => registers[dtype]

/** Whether elements share a word of memory, which makes single stores slow. */
export const isPacked = (dtype: DType): boolean => bytesPerElement(dtype) < 4
