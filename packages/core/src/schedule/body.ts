import { isReduction } from "../op.js"
import type { ReduceAttrs } from "../ops/sum.js"
import type { Tensor } from "../tensor.js"
import { type Expression, load, result } from "./expression.js"
import type { Reduction, Store } from "./kernel.js"
import { along, flatInProducts, flatInRows, type Position, ravel, unravel } from "./position.js"
import { type Coordinates, type Lookup, valueAt } from "./value.js"

/** The loops that compute a group of tensors. */
export type Space =
  | {
      readonly kind: "nest"
      readonly outer: number
      readonly inner: number
      readonly reduced: string
    }
  | { readonly kind: "matmul"; readonly size: number; readonly n: number; readonly m: number }

/** The reductions and stores of a nest or matmul, in its loop variables. */
export interface Body {
  readonly reductions: readonly Reduction[]
  readonly outerStores: readonly Store[]
  readonly innerStores: readonly Store[]
}

/** The axes a reduction runs over; trailing axes form rows that are contiguous in memory. */
function reducedSpace(t: Tensor): Space {
  const x = t.node.inputs[0]
  const { axes } = t.node.attrs as ReduceAttrs
  const wide = x.shape.flatMap((d, i) => (d > 1 ? [i] : []))
  const reduced = wide.filter((i) => axes.includes(i))
  const trailing = wide.slice(wide.length - reduced.length).every((i) => axes.includes(i))
  const kept = wide.map((i) => `${axes.includes(i) ? "r" : "o"}${x.shape[i]}`).join(" ")
  return {
    kind: "nest",
    outer: t.size,
    inner: x.size / t.size,
    reduced: trailing ? "rows" : kept,
  }
}

/** The loops that one tensor needs. */
export function spaceOf(t: Tensor): Space {
  if (isReduction(t.node)) return reducedSpace(t)
  if (t.node.op.name !== "matmul") return { kind: "nest", outer: t.size, inner: 1, reduced: "" }
  const [m, n] = t.shape.slice(-2) as [number, number]
  return { kind: "matmul", size: t.size, m, n }
}

/** Loops that can compute both, if any. */
export function joinSpaces(x: Space, y: Space): Space | undefined {
  if (x.kind === "matmul" || y.kind === "matmul") return joinProduct(x, y)
  if (x.reduced === y.reduced) return x.outer === y.outer && x.inner === y.inner ? x : undefined
  const [map, nest] = x.reduced === "" ? [x, y] : [y, x]
  if (map.reduced !== "") return undefined
  const fits =
    map.outer === nest.outer || (nest.reduced === "rows" && map.outer === nest.outer * nest.inner)
  return fits ? nest : undefined
}

function joinProduct(x: Space, y: Space): Space | undefined {
  const [product, other] = x.kind === "matmul" ? [x, y] : [y, x]
  if (product.kind !== "matmul" || other.kind !== "nest") return undefined
  return other.reduced === "" && other.outer === product.size ? product : undefined
}

/** The flat position of a tensor's elements in the loops; undefined if it does not fit them. */
function flatIn(space: Space, t: Tensor): Position | undefined {
  if (space.kind === "matmul") {
    const { m, n, size } = space
    return t.size === size ? flatInProducts(size / (m * n), m, n) : undefined
  }
  if (t.size === space.outer) return along("o", space.outer)
  const fits =
    space.reduced === "rows" && t.size === space.outer * space.inner && !isReduction(t.node)
  return fits ? flatInRows(space.outer, space.inner) : undefined
}

/**
 * A group of tensors as one kernel; undefined if one of them reads another at a position that is
 * not available. `tensors` are in order; `isShown` tells which must be stored.
 */
export function bodyOf(
  space: Space,
  tensors: readonly Tensor[],
  inMemory: (t: Tensor) => boolean,
  isShown: (t: Tensor) => boolean,
): Body | undefined {
  const places = new Map(tensors.map((t) => [t, flatIn(space, t)]))
  if ([...places.values()].includes(undefined)) return undefined
  const values = new Map<Tensor, Expression>()
  const reductions: Reduction[] = []
  let fits = true
  const known = (t: Tensor, c: Coordinates): Expression | undefined => {
    const place = places.get(t)
    if (place === undefined) return inMemory(t) ? load(t, ravel(c, t.shape)) : undefined
    if (ravel(c, t.shape).key !== place.key) fits = false
    return values.get(t)
  }
  for (const t of tensors) {
    const value = rootValue(t, places.get(t)!, known, reductions)
    if (!fits) return undefined
    values.set(t, value)
  }
  const stores = tensors.filter(isShown).map((tensor) => ({ tensor, value: values.get(tensor)! }))
  const isInner = ({ tensor }: Store) => space.kind === "nest" && tensor.size !== space.outer
  return {
    reductions,
    outerStores: stores.filter((s) => !isInner(s)),
    innerStores: stores.filter(isInner),
  }
}

/**
 * The value of a tensor in its loops. A reduction is added to `reductions` and yields its result.
 */
function rootValue(t: Tensor, place: Position, known: Lookup, reductions: Reduction[]): Expression {
  if (t.node.op.name === "matmul") return result(0, t.dtype)
  if (!isReduction(t.node)) return valueAt(t, unravel(place, t.shape), known)
  const [x] = t.node.inputs as [Tensor]
  const coordinates = reducedCoordinates(t, x, place)
  const value = known(x, coordinates) ?? valueAt(x, coordinates, known)
  reductions.push({ op: t.node.op.name as Reduction["op"], value })
  return result(reductions.length - 1, t.dtype)
}

/** The position at which a reduction reads: `o` along the kept axes, `r` along the others. */
function reducedCoordinates(t: Tensor, x: Tensor, place: Position): Position[] {
  const { axes } = t.node.attrs as ReduceAttrs
  const inner = x.shape.map((d, i) => (axes.includes(i) ? d : 1))
  const kept = unravel(place, t.shape)
  const run = unravel(along("r", x.size / t.size), inner)
  return x.shape.map((_, i) => (axes.includes(i) ? run[i] : kept[i]))
}
