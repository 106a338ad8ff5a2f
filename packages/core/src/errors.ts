import { formatSpec, type Spec } from "./dtype.js"
import { describeSite, here, type Site } from "./site.js"

/** Any error a user of Tubelet can act on: what was wrong, then what to do about it. */
export class TubeletError extends Error {
  override name = "TubeletError"
  /** One line of advice, printed below the message. */
  readonly advice: string | undefined

  constructor(message: string, advice?: string, options?: ErrorOptions) {
    super(advice === undefined ? message : `${message}\n${advice}`, options)
    this.advice = advice
  }
}

/** An op was given tensors it cannot take. Names the op, every shape and the user's line. */
export class ShapeError extends TubeletError {
  override name = "ShapeError"
}

/** Throws a ShapeError for `op` unless `condition` holds. */
export function requireShape(
  condition: boolean,
  op: string,
  inputs: readonly Spec[],
  expected: string,
  site: Site | undefined = here(),
): asserts condition {
  if (condition) return
  const got = inputs.map(formatSpec).join(", ")
  throw new ShapeError(`${op}(${got}): ${expected}`, `at ${describeSite(site)}`)
}
