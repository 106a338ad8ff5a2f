/** A finished clip's values: bytes, or normalised floats. */
export type PixelType = "u8" | "f32"

/** The array class of each type. */
export interface PixelArray {
  readonly u8: Uint8Array
  readonly f32: Float32Array
}
