import { formatSpec, isFloat, type Spec } from "./dtype.js"
import { describeSite, here } from "./site.js"

/** An error that the user can act on: what went wrong, then what to do. */
export class TubeletError extends Error {
  override name = "TubeletError"
  /** What went wrong: the message without the advice. */
  readonly problem: string
  /** What to do, on a second line. */
  readonly advice: string | undefined
  /** A code for programs, such as `RUN_EXISTS`. Absent if only people can resolve the error. */
  readonly code: string | undefined

  constructor(problem: string, advice?: string, { code, ...options }: TubeletErrorOptions = {}) {
    super(advice === undefined ? problem : `${problem}\n${advice}`, options)
    this.problem = problem
    this.advice = advice
    this.code = code
  }
}

export interface TubeletErrorOptions extends ErrorOptions {
  readonly code?: string
}

/**
 * An op received tensors that it does not accept. Names the op, all shapes and the line that called
 * it.
 */
export class ShapeError extends TubeletError {
  override name = "ShapeError"
}

/**
 * The device was lost with everything on it. Host data is unaffected: a new backend can resume from
 * the last checkpoint.
 */
export class DeviceLostError extends TubeletError {
  override name = "DeviceLostError"
}

/** Throws a ShapeError for `op` unless all inputs have the same float dtype. */
export function requireFloats(op: string, inputs: readonly Spec[]): void {
  const dtype = inputs[0].dtype
  const alike = isFloat(dtype) && inputs.every((x) => x.dtype === dtype)
  requireShape(alike, op, inputs, "expects floats of the same dtype; cast them")
}

/** Throws a ShapeError for `op` unless `condition` holds. */
export function requireShape(
  condition: boolean,
  op: string,
  inputs: readonly Spec[],
  expected: string,
): asserts condition {
  if (condition) return
  const got = inputs.map(formatSpec).join(", ")
  throw new ShapeError(`${op}(${got}): ${expected}`, `at ${describeSite(here())}`)
}
