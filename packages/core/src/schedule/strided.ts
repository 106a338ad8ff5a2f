import type { Shape } from "../dtype.js"
import type { Tensor } from "../tensor.js"
import { load } from "./expression.js"
import type { Strided } from "./kernel.js"
import { along, type Position, ravel, stridesOf, unravel } from "./position.js"
import { valueAt } from "./value.js"

/** The tensor behind a chain of views, up to the first one in memory. */
export function baseOf(t: Tensor, isKept: (t: Tensor) => boolean): Tensor {
  let base = t
  while (!isKept(base) && base.node.op.isStrided) base = base.node.inputs[0]
  return base
}

/**
 * `t` as strides over `base`, with its elements in row-major order under the axes `shape`;
 * undefined if no strides express it.
 */
export function stridedView(t: Tensor, base: Tensor, shape: Shape): Strided | undefined {
  const flat = ravel(alongAxes(shape), shape)
  const value =
    t === base
      ? load(base, flat)
      : valueAt(t, unravel(flat, t.shape), (x, c) =>
          x === base ? load(base, ravel(c, base.shape)) : undefined,
        )
  return value.kind === "load" ? strided(base, value.at, shape.length) : undefined
}

/** One variable per axis. */
export const alongAxes = (shape: Shape): Position[] => shape.map((d, i) => along(`axis ${i}`, d))

/** A position as strides over those variables; undefined if it is not a plain sum. */
export function strided(
  tensor: Tensor,
  { offset, terms }: Position,
  rank: number,
): Strided | undefined {
  const strides = Array.from({ length: rank }, () => 0)
  for (const { factor, atom } of terms) {
    if (atom.kind !== "variable") return undefined
    strides[Number(atom.name.slice("axis ".length))] = factor
  }
  return { tensor, offset, strides }
}

/** A tensor viewed in its own layout. */
export const inItself = (tensor: Tensor): Strided => ({
  tensor,
  offset: 0,
  strides: stridesOf(tensor.shape),
})
