/** Element types. Comparisons return `bool`, and `select` takes it. */
export type DType = "f32" | "f16" | "bf16" | "i32" | "u8" | "bool"

export type Shape = readonly number[]

/** The type of a tensor: dtype and static shape. */
export interface Spec {
  readonly dtype: DType
  readonly shape: Shape
}

/** The host array of a dtype; f16 and bf16 are raw 16-bit words. */
export type HostArray = Float32Array | Uint16Array | Int32Array | Uint8Array

const arrays = {
  f32: Float32Array,
  f16: Uint16Array,
  bf16: Uint16Array,
  i32: Int32Array,
  u8: Uint8Array,
  bool: Uint8Array,
} as const

/** A host array of zeros. */
export const hostArray = (dtype: DType, length: number): HostArray => new arrays[dtype](length)

/** The class of a dtype's host array. */
export const hostArrayClass = (dtype: DType) => arrays[dtype]

export const bytesPerElement = (dtype: DType): number => arrays[dtype].BYTES_PER_ELEMENT

export const isFloat = (dtype: DType): boolean =>
  dtype === "f32" || dtype === "f16" || dtype === "bf16"

/** The number of elements in a shape. */
export const sizeOf = (shape: Shape): number => shape.reduce((n, d) => n * d, 1)

/** The size of a tensor in bytes. */
export const bytesOf = ({ dtype, shape }: Spec): number => sizeOf(shape) * bytesPerElement(dtype)

/** `f32[2,160,768]`, as in error messages. */
export const formatSpec = ({ dtype, shape }: Spec): string => `${dtype}[${shape.join(",")}]`

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i])

/** Shorthand for a spec: `spec("f32", [2, 3])`. */
export const spec = (dtype: DType, shape: Shape = []): Spec => ({ dtype, shape: [...shape] })
