import type { DType, Spec } from "../dtype.js"
import { TubeletError } from "../errors.js"

/** The largest error allowed, as a part of the tensor's largest element (of 0.1 if it is less). */
const tolerances: Record<DType, number> = {
  f32: 1e-5,
  f16: 4e-3,
  bf16: 3e-2,
  i32: 0,
  u8: 0,
  bool: 0,
}

/** Throws unless the elements agree within what the dtype's rounding explains. */
export function requireClose(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { dtype }: Pick<Spec, "dtype">,
): void {
  if (actual.length !== expected.length) {
    throw new TubeletError(`${what}: ${actual.length} elements instead of ${expected.length}`)
  }
  const largest = Array.from(expected).reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  const allowed = tolerances[dtype] * (Number.isFinite(largest) ? Math.max(0.1, largest) : 1)
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [actual[i], expected[i]]
    // NaN fails: the comparison is written so that only a small difference passes.
    if (Object.is(a, b) || a === b || Math.abs(a - b) <= allowed) continue
    throw new TubeletError(
      `${what}: element ${i} is ${a} instead of ${b}`,
      `off by ${Math.abs(a - b)}, where ${dtype} allows ${allowed}`,
    )
  }
}
