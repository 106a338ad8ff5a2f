import type { Tensor } from "../tensor.js"

/** What a language lets its kernels do with tensors. */
export interface LanguageLimits {
  /** How many tensors one kernel may write. */
  readonly results: number
  /** Whether a kernel may overwrite a tensor that it reads. Textures are either read or written. */
  readonly inPlace: boolean
  /** Whether a matrix product of 16-bit floats can give f32. */
  readonly wideProducts: boolean
}

/** What one kernel may access. */
export interface Limits extends Omit<LanguageLimits, "wideProducts"> {
  /** How many tensors it may read and write. */
  readonly operands: number
  /** For how many of them a tensor counts: one, unless it takes several bindings. */
  places(t: Tensor): number
}

/** Nothing is limited. */
export const unlimited: Limits & LanguageLimits = {
  operands: Number.POSITIVE_INFINITY,
  places: () => 1,
  results: Number.POSITIVE_INFINITY,
  inPlace: true,
  wideProducts: true,
}

/** How many places of a kernel's tensors take. */
export const placesOf = (tensors: Iterable<Tensor>, { places }: Pick<Limits, "places">): number =>
  [...tensors].reduce((sum, t) => sum + places(t), 0)
