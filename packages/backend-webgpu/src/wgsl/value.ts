import type { DType } from "@tubelet/core"

/** How many elements one WGSL value holds. */
export type Width = 1 | 4

/** A WGSL expression: of one element, which every lane shares, or of four. */
export interface Value {
  readonly code: string
  readonly width: Width
}

/** What a dtype is in registers. */
const registers = {
  f32: "f32",
  f16: "f32",
  bf16: "f32",
  i32: "i32",
  u8: "u32",
  bool: "bool",
} as const satisfies Record<DType, string>

export const typeOf = (dtype: DType, width: Width): string => vectorOf(registers[dtype], width)

export const vectorOf = (scalar: string, width: Width): string =>
  width === 1 ? scalar : `vec4<${scalar}>`

/** The value at a width: one element is repeated to four. */
export const widened = (x: Value, dtype: DType, width: Width): string =>
  x.width === width ? x.code : `${typeOf(dtype, width)}(${x.code})`
