import { bytesPerElement, type DType } from "../../dtype.js"

/** How many elements one value holds. */
export type Width = 1 | 4

/** What a register holds. */
export type Scalar = "f32" | "i32" | "u32" | "bool"

/** What a value is: one element, which every lane shares, or four. */
export interface Register {
  readonly width: Width
  readonly scalar: Scalar
}

/** An expression in a printed language. */
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

/** What a dtype is in registers. */
export const registerOf = (dtype: DType): Scalar => registers[dtype]

/** Whether several elements share a word of memory: single ones are then slow to write. */
export const isPacked = (dtype: DType): boolean => bytesPerElement(dtype) < 4
