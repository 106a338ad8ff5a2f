import type { DType, Spec } from "../dtype.js"
import { TubeletError } from "../errors.js"

/** The tolerance, relative to the tensor's largest element (or to 0.1 if that is larger). */
const tolerances: Record<DType, number> = {
  f32: 1e-5,
  f16: 4e-3,
  bf16: 3e-2,
  i32: 0,
  u8: 0,
  bool: 0,
}

/** Throws unless the elements agree to within the dtype's rounding errors. */
export function requireClose(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { dtype }: Pick<Spec, "dtype">,
): void {
  if (actual.length !== expected.length) {
    throw new TubeletError(`${what}: got ${actual.length} elements, expected ${expected.length}`)
  }
  const largest = Array.from(expected).reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  const allowed = tolerances[dtype] * (Number.isFinite(largest) ? Math.max(0.1, largest) : 1)
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [actual[i], expected[i]]
    // Written so that NaN fails too.
    if (Object.is(a, b) || a === b || Math.abs(a - b) <= allowed) continue
    throw new TubeletError(
      `${what}: element ${i} is ${a}, expected ${b}`,
      `off by ${Math.abs(a - b)}; ${dtype} allows ${allowed}`,
    )
  }
}
