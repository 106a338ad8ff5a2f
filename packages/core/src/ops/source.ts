import {
  type DType,
  type HostArray,
  hostArrayClass,
  isFloat,
  type Shape,
  type Spec,
  sizeOf,
} from "../dtype.js"
import { TubeletError } from "../errors.js"
import { fromNumbers, toNumbers } from "../half.js"
import { apply1, type Op } from "../op.js"
import type { Tensor } from "../tensor.js"

/** A value passed to each run. */
export const inputOp: Op<{ path: string; spec: Spec }> = {
  name: "input",
  kind: "source",
  shape: (_, { spec }) => [spec],
}

/** A placeholder for a value passed to each run. */
export const input = (path: string, spec: Spec): Tensor => apply1(inputOp, [], { path, spec })

/** A value known at trace time. */
export const constantOp: Op<{ data: HostArray; dtype: DType; shape: Shape }> = {
  name: "constant",
  kind: "source",
  shape: (_, { dtype, shape }) => [{ dtype, shape }],
}

/**
 * A tensor with fixed elements. A number or boolean gives a scalar; for f16 and bf16, a Uint16Array
 * holds raw words.
 */
export function constant(
  value: number | boolean | readonly number[] | HostArray,
  shape?: Shape,
  dtype: DType = typeof value === "boolean" ? "bool" : "f32",
): Tensor {
  const values =
    typeof value === "number" ? [value] : typeof value === "boolean" ? [value ? 1 : 0] : value
  const actual = shape ?? (typeof value === "object" ? [values.length] : [])
  if (sizeOf(actual) !== values.length) {
    throw new TubeletError(
      `constant: got ${values.length} elements for shape [${actual.join(",")}]`,
      `pass ${sizeOf(actual)} elements or another shape`,
    )
  }
  // Copy, so that later changes to the caller's array do not change the graph.
  const data = values instanceof hostArrayClass(dtype) ? values.slice() : encoded(values, dtype)
  return apply1(constantOp, [], { data, dtype, shape: [...actual] })
}

function encoded(values: ArrayLike<number>, dtype: DType): HostArray {
  const wrong = isFloat(dtype) ? undefined : Array.from(values).find((x) => !Number.isInteger(x))
  if (wrong === undefined) return fromNumbers(values, dtype)
  throw new TubeletError(
    `constant: ${wrong} is not a valid ${dtype}`,
    "cast the other tensor to f32",
  )
}

/** The value of a scalar constant, or undefined. */
export function scalarValue(t: Tensor): number | undefined {
  if (t.node.op !== constantOp || t.size !== 1) return undefined
  return toNumbers((t.node.attrs as { data: HostArray }).data, t.dtype)[0]
}
