import { isFloat, type Shape } from "../dtype.js"
import { isMap, isView } from "../op.js"
import { splatValue } from "../passes/simplify.js"
import type { Node, Tensor } from "../tensor.js"
import { applied, type Expression, guarded, literal, load } from "./expression.js"
import { at, loaded, type Position, plus, ravel, unravel } from "./position.js"

/** A position along each axis. */
export type Coordinates = readonly Position[]

/** Known values: tensors in memory, or values that the kernel computes itself. */
export type Lookup = (t: Tensor, coordinates: Coordinates) => Expression | undefined

type Read = (t: Tensor, coordinates: Coordinates) => Expression
type View = (node: Node, at: Coordinates, read: Read) => Expression

const first = ({ inputs }: Node): Tensor => inputs[0]
const shifted = (x: Position, by: number): Position => plus(x, at(by))

/** The input coordinates of a broadcast: axes of length 1 are read at 0. */
const behindBroadcast = (shape: Shape, coordinates: Coordinates): Position[] =>
  shape.map((d, i) => (d === 1 ? at(0) : coordinates[coordinates.length - shape.length + i]))

/** The result of a gather where its index is out of bounds. */
const noRow = ({ dtype }: Tensor): number =>
  isFloat(dtype) ? Number.NaN : dtype === "i32" ? -(2 ** 31) : dtype === "u8" ? 255 : 1

/** Where each view op reads its input, given the coordinates of its output. */
const views: Record<string, View> = {
  reshape: (node, c, read) => {
    const flat = ravel(c, node.outputs[0].shape)
    return read(first(node), unravel(flat, first(node).shape))
  },
  broadcast: (node, c, read) => read(first(node), behindBroadcast(first(node).shape, c)),
  permute: (node, c, read) => {
    const axes = node.attrs.axes as number[]
    const from = axes.map((_, axis) => c[axes.indexOf(axis)])
    return read(first(node), from)
  },
  slice: (node, c, read) => {
    const start = node.attrs.start as number[]
    const from = c.map((x, i) => shifted(x, start[i]))
    return read(first(node), from)
  },
  pad: (node, c, read) => {
    const low = node.attrs.low as number[]
    const { shape, dtype } = first(node)
    const from = c.map((x, i) => shifted(x, -low[i]))
    const padded = shape.flatMap((d, i) => (d === node.outputs[0].shape[i] ? [] : [i]))
    return padded.reduce<Expression>(
      (value, i) => guarded(from[i], 0, shape[i], value, literal(0, dtype)),
      read(first(node), from),
    )
  },
  concat: (node, c, read) => {
    const axis = node.attrs.axis as number
    let end = node.outputs[0].shape[axis]
    return [...node.inputs].reverse().reduce<Expression | undefined>((rest, part) => {
      const length = part.shape[axis]
      const start = end - length
      end = start
      const from = c.map((x, i) => (i === axis ? shifted(x, -start) : x))
      const value = read(part, from)
      return rest === undefined ? value : guarded(from[axis], 0, length, value, rest)
    }, undefined)!
  },
  gatherRows: (node, c, read) => {
    const [table, index] = node.inputs as [Tensor, Tensor]
    const count = table.shape[0]
    const row = loaded(read(index, c.slice(0, index.rank)), count)
    const value = read(table, [row, ...c.slice(index.rank)])
    return guarded(row, 0, count, value, literal(noRow(table), table.dtype))
  },
  barrier: (node, c, read) => read(first(node), c),
}

/**
 * One element of a tensor as an expression of known values. Everything in between must be a map or
 * a view.
 */
export function valueAt(t: Tensor, coordinates: Coordinates, known: Lookup): Expression {
  const memo = new Map<Tensor, Map<string, Expression>>()
  const read: Read = (x, c) => {
    const key = c.map((p) => p.key).join()
    const values = memo.get(x) ?? new Map<string, Expression>()
    memo.set(x, values)
    const value = values.get(key) ?? known(x, c) ?? compute(x, c, read)
    values.set(key, value)
    return value
  }
  return compute(t, coordinates, read)
}

function compute(t: Tensor, c: Coordinates, read: Read): Expression {
  const { node } = t
  const constant = node.op.name === "constant" ? splatValue(t) : undefined
  if (constant !== undefined) return literal(constant, t.dtype)
  if (isView(node)) return views[node.op.name](node, c, read)
  if (isMap(node))
    return applied(
      node.op.name,
      node.inputs.map((x) => read(x, c)),
      t.dtype,
    )
  return load(t, ravel(c, t.shape))
}
