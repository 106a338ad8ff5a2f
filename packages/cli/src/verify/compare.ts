/** One compared tensor. `error` has the unit of `tolerance`; infinite if not computed. */
export interface Check {
  readonly set: string
  readonly name: string
  readonly kind: Kind
  readonly error: number
  readonly tolerance: number
  readonly pass: boolean
  /** Why the tensor was not compared, if it was not. */
  readonly reason?: string
}

export type Kind = "exact" | "forward" | "gradient" | "loss" | "weights"

interface Measure {
  readonly tolerance: number
  error(difference: number, golden: ArrayLike<number>): number
}

const largest = (values: ArrayLike<number>): number => {
  let most = 0
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]))
  return most
}

const absolute = (difference: number) => difference
const ofLargest = (difference: number, golden: ArrayLike<number>) =>
  difference / (largest(golden) || 1)

/** How each kind is compared with its golden values, and the tolerance. */
const measures: Record<Kind, Measure> = {
  exact: { tolerance: 0, error: absolute },
  forward: { tolerance: 2e-5, error: absolute },
  gradient: { tolerance: 2e-5, error: ofLargest },
  loss: { tolerance: 1e-5, error: ofLargest },
  weights: { tolerance: 2e-5, error: absolute },
}

/** The largest absolute difference; any NaN makes it NaN, which never passes. */
function difference(ours: ArrayLike<number>, golden: ArrayLike<number>): number {
  if (ours.length !== golden.length) return Number.POSITIVE_INFINITY
  let most = 0
  for (let i = 0; i < golden.length; i++) {
    const d = Math.abs(ours[i] - golden[i])
    if (!(d <= most)) most = d
    if (Number.isNaN(d)) return d
  }
  return most
}

/** Why two tensors cannot be compared number by number. */
function incomparable(ours: ArrayLike<number> | undefined, golden: ArrayLike<number>) {
  if (ours === undefined) return "verify computes no such tensor for this kind of set"
  if (ours.length === golden.length) return undefined
  return `the set has ${golden.length} numbers, but ${ours.length} were computed`
}

/** Compares one tensor; `ours` is undefined if verify does not compute it. */
export function check(
  set: string,
  name: string,
  kind: Kind,
  ours: ArrayLike<number> | undefined,
  golden: ArrayLike<number>,
): Check {
  const { tolerance, error: measure } = measures[kind]
  const apart = ours === undefined ? Number.POSITIVE_INFINITY : difference(ours, golden)
  const error = measure(apart, golden)
  const reason = incomparable(ours, golden)
  return { set, name, kind, error, tolerance, pass: error <= tolerance, ...(reason && { reason }) }
}
