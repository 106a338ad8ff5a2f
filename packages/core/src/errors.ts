import { formatSpec, isFloat, type Spec } from "./dtype.js"
import { describeSite, here } from "./site.js"

/** Any error a user of Tubelet can act on: what was wrong, then what to do about it. */
export class TubeletError extends Error {
  override name = "TubeletError"
  /** What was wrong: the message without the advice. */
  readonly problem: string
  /** What to do about it, printed below. */
  readonly advice: string | undefined

  constructor(problem: string, advice?: string, options?: ErrorOptions) {
    super(advice === undefined ? problem : `${problem}\n${advice}`, options)
    this.problem = problem
    this.advice = advice
  }
}

/** An op was given tensors it cannot take. Names the op, every shape and the user's line. */
export class ShapeError extends TubeletError {
  override name = "ShapeError"
}

/**
 * The device of a backend is gone, and with it all that lay there. Nothing on the host is touched:
 * another backend can go on from what was saved.
 */
export class DeviceLostError extends TubeletError {
  override name = "DeviceLostError"
}

/** Throws a ShapeError for `op` unless all inputs are of one float type. */
export function requireFloats(op: string, inputs: readonly Spec[]): void {
  const dtype = inputs[0].dtype
  const alike = isFloat(dtype) && inputs.every((x) => x.dtype === dtype)
  requireShape(alike, op, inputs, "takes floats of one type; cast them")
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
