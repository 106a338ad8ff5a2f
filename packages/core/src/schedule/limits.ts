import type { Tensor } from "../tensor.js"

/** What a language allows kernels to do with tensors. */
export interface LanguageLimits {
  /** The most tensors one kernel may write. */
  readonly results: number
  /** Whether a kernel may overwrite a tensor that it reads; a texture is either read or written. */
  readonly inPlace: boolean
  /** Whether a matrix product of 16-bit floats can return f32. */
  readonly wideProducts: boolean
}

/** What one kernel may access. */
export interface Limits extends Omit<LanguageLimits, "wideProducts"> {
  /** The most tensors it may access. */
  readonly operands: number
  /** How many operands a tensor counts as: one, unless it takes several bindings. */
  places(t: Tensor): number
}

/** No limits. */
export const unlimited: Limits & LanguageLimits = {
  operands: Number.POSITIVE_INFINITY,
  places: () => 1,
  results: Number.POSITIVE_INFINITY,
  inPlace: true,
  wideProducts: true,
}

/** The number of operands that a kernel's tensors count as. */
export const placesOf = (tensors: Iterable<Tensor>, { places }: Pick<Limits, "places">): number =>
  [...tensors].reduce((sum, t) => sum + places(t), 0)
