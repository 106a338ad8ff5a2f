import { type DType, isFloat, type Shape, sameShape, sizeOf } from "../dtype.js"
import { requireShape } from "../errors.js"
import { apply1, type Op } from "../op.js"
import type { Tensor } from "../tensor.js"

/** Negative axes count from the end, as in NumPy. */
export const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** `axisOf` with a bounds check. */
function axisIn(op: string, x: Tensor, axis: number): number {
  const found = axisOf(axis, x.rank)
  requireShape(x.shape[found] !== undefined, op, [x], `has no axis ${axis}`)
  return found
}

/** The same elements, in row-major order, with another shape. */
export const reshapeOp: Op<{ shape: Shape }> = {
  name: "reshape",
  kind: "view",
  isStrided: true,
  shape([x], { shape }) {
    const fits = shape.every((d) => Number.isInteger(d) && d >= 0) && sizeOf(shape) === x.size
    requireShape(fits, "reshape", [x], `cannot be reshaped to [${shape.join(",")}]`)
    return [{ dtype: x.dtype, shape }]
  },
  gradient: ({ inputs: [x] }, [g]) => [reshape(g!, x.shape)],
}

/** Reshape; one axis may be -1 and is inferred. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.reduce((n, d) => (d === -1 ? n : n * d), 1)
  const full = shape.map((d) => (d === -1 ? x.size / known : d))
  return sameShape(x.shape, full) ? x : apply1(reshapeOp, [x], { shape: full })
}

/** Axis i of the output is axis `axes[i]` of the input. */
export const permuteOp: Op<{ axes: readonly number[] }> = {
  name: "permute",
  kind: "view",
  isStrided: true,
  shape([x], { axes }) {
    const isPermutation = [...axes].sort((a, b) => a - b).every((a, i) => a === i)
    const fits = isPermutation && axes.length === x.rank
    requireShape(fits, "permute", [x], `[${axes.join(",")}] is not a permutation of its axes`)
    return [{ dtype: x.dtype, shape: axes.map((a) => x.shape[a]) }]
  },
  gradient: ({ attrs: { axes } }, [g]) => [permute(g!, inverse(axes))],
}

const inverse = (axes: readonly number[]): number[] => axes.map((_, i) => axes.indexOf(i))

export const permute = (x: Tensor, axes: readonly number[]): Tensor =>
  axes.every((a, i) => a === i) && axes.length === x.rank ? x : apply1(permuteOp, [x], { axes })

/** Swaps two axes. */
export function transpose(x: Tensor, a: number, b: number): Tensor {
  const axes = x.shape.map((_, i) => i)
  const [i, j] = [axisIn("transpose", x, a), axisIn("transpose", x, b)]
  axes[i] = j
  axes[j] = i
  return permute(x, axes)
}

/** A box from `start` (inclusive) to `stop` (exclusive) on every axis. */
export const sliceOp: Op<{ start: readonly number[]; stop: readonly number[] }> = {
  name: "slice",
  kind: "view",
  isStrided: true,
  shape([x], { start, stop }) {
    const fits =
      start.length === x.rank &&
      x.shape.every((d, i) => 0 <= start[i] && start[i] < stop[i] && stop[i] <= d)
    requireShape(
      fits,
      "slice",
      [x],
      `does not contain the box [${start.join(",")}] to [${stop.join(",")}]`,
    )
    return [{ dtype: x.dtype, shape: start.map((s, i) => stop[i] - s) }]
  },
  gradient: ({ inputs: [x], attrs: { start, stop } }, [g]) => [
    pad(
      g!,
      start,
      x.shape.map((d, i) => d - stop[i]),
    ),
  ],
}

/** Elements `start` to `stop` (exclusive) along one axis; negative numbers count from the end. */
export function slice(x: Tensor, axis: number, start: number, stop?: number): Tensor {
  const a = axisIn("slice", x, axis)
  const length = x.shape[a]
  const from = start < 0 ? start + length : start
  const to = stop === undefined ? length : stop < 0 ? stop + length : stop
  if (from === 0 && to === length) return x
  return apply1(sliceOp, [x], {
    start: x.shape.map((_, i) => (i === a ? from : 0)),
    stop: x.shape.map((d, i) => (i === a ? to : d)),
  })
}

/** Splits an axis into `parts` equal pieces. */
export function split(x: Tensor, parts: number, axis = -1): Tensor[] {
  const length = x.shape[axisIn("split", x, axis)] / parts
  requireShape(
    Number.isInteger(length),
    "split",
    [x],
    `axis ${axis} cannot be split into ${parts} equal parts`,
  )
  return Array.from({ length: parts }, (_, i) => slice(x, axis, i * length, (i + 1) * length))
}

/** Pads every axis with `low` zeros before and `high` zeros after. */
export const padOp: Op<{ low: readonly number[]; high: readonly number[] }> = {
  name: "pad",
  kind: "view",
  shape([x], { low, high }) {
    const fits = low.length === x.rank && high.length === x.rank
    const padded = fits && [...low, ...high].every((n) => n >= 0)
    requireShape(padded, "pad", [x], "expects low and high >= 0 for every axis")
    return [{ dtype: x.dtype, shape: x.shape.map((d, i) => d + low[i] + high[i]) }]
  },
  gradient: ({ inputs: [x], attrs: { low } }, [g]) => [
    apply1(sliceOp, [g!], { start: low, stop: x.shape.map((d, i) => d + low[i]) }),
  ],
}

export const pad = (x: Tensor, low: readonly number[], high: readonly number[]): Tensor =>
  [...low, ...high].every((n) => n === 0) ? x : apply1(padOp, [x], { low, high })

/** Concatenates tensors along one axis. */
export const concatOp: Op<{ axis: number }> = {
  name: "concat",
  kind: "view",
  shape(inputs, { axis }) {
    const [first, ...rest] = inputs
    const fits = rest.every(
      (x) =>
        x.dtype === first.dtype &&
        x.rank === first.rank &&
        x.shape.every((d, i) => i === axis || d === first.shape[i]),
    )
    requireShape(fits && axis < first.rank, "concat", inputs, `shapes differ outside axis ${axis}`)
    const length = inputs.reduce((n, x) => n + x.shape[axis], 0)
    return [{ dtype: first.dtype, shape: first.shape.map((d, i) => (i === axis ? length : d)) }]
  },
  gradient({ inputs, attrs: { axis } }, [g]) {
    let start = 0
    return inputs.map((x) => {
      const stop = start + x.shape[axis]
      const part = slice(g!, axis, start, stop)
      start = stop
      return part
    })
  },
}

export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  requireShape(tensors.length > 0, "concat", tensors, "expects at least one tensor")
  const at = axisIn("concat", tensors[0], axis)
  return tensors.length === 1 ? tensors[0] : apply1(concatOp, tensors, { axis: at })
}

/** Converts to another dtype; floats truncate to integers. */
export const castOp: Op<{ dtype: DType }> = {
  name: "cast",
  kind: "map",
  shape: ([x], { dtype }) => [{ dtype, shape: x.shape }],
  gradient: ({ inputs: [x] }, [g]) => [isFloat(x.dtype) ? cast(g!, x.dtype) : undefined],
}

export const cast = (x: Tensor, dtype: DType): Tensor =>
  x.dtype === dtype ? x : apply1(castOp, [x], { dtype })

/**
 * Returns the first input, available only after all the others; passes do not optimise across it.
 */
export const barrierOp: Op<object> = {
  name: "barrier",
  kind: "view",
  isStrided: true,
  shape: ([x]) => [x],
  gradient: ({ inputs }, [g]) => inputs.map((_, i) => (i === 0 ? g : undefined)),
}

export const barrier = (x: Tensor, ...after: Tensor[]): Tensor =>
  after.length === 0 ? x : apply1(barrierOp, [x, ...after], {})
