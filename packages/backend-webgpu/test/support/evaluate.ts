import { elementwiseOps, type Tensor } from "@tubelet/core"
import type { Expression, LoopNest, Position } from "@tubelet/core/schedule"

/** Elements of tensors in double precision. */
export type Data = ReadonlyMap<Tensor, ArrayLike<number>>

interface Point {
  readonly variables: Readonly<Record<string, number>>
  readonly results: readonly number[]
}

/** Interprets a nest literally, in double precision. */
export function evaluate(nest: LoopNest, data: Data): Map<Tensor, Float64Array> {
  const stored = new Map<Tensor, Float64Array>()
  for (const { tensor } of [...nest.outerStores, ...nest.innerStores]) {
    stored.set(tensor, new Float64Array(tensor.size))
  }
  for (let o = 0; o < nest.outer; o++) {
    const results: number[] = []
    for (const { op, value } of nest.reductions) {
      let total = op === "sum" ? 0 : Number.NEGATIVE_INFINITY
      for (let r = 0; r < nest.inner; r++) {
        const x = at(value, { variables: { o, r }, results }, data)
        total = op === "sum" ? total + x : Math.max(total, x)
      }
      results.push(total)
    }
    for (const { tensor, value } of nest.outerStores) {
      stored.get(tensor)![o] = at(value, { variables: { o }, results }, data)
    }
    for (let r = 0; r < nest.inner; r++) {
      for (const { tensor, value } of nest.innerStores) {
        const x = at(value, { variables: { o, r }, results }, data)
        stored.get(tensor)![o * nest.inner + r] = x
      }
    }
  }
  return stored
}

/** The value of an expression at a point. Shared subexpressions are computed once. */
function at(root: Expression, point: Point, data: Data): number {
  const known = new Map<string, number>()
  const value = (x: Expression): number => {
    const found = known.get(x.key) ?? fresh(x)
    known.set(x.key, found)
    return found
  }
  const fresh = (x: Expression): number => {
    if (x.kind === "literal") return x.value
    if (x.kind === "result") return point.results[x.number]
    if (x.kind === "load") return data.get(x.tensor)![position(x.at)] ?? Number.NaN
    if (x.kind === "guarded") {
      const p = position(x.position)
      return x.low <= p && p < x.high ? value(x.value) : value(x.otherwise)
    }
    const args = x.args.map(value)
    if (x.op === "select") return args[0] ? args[1] : args[2]
    if (x.op === "cast") return casts[x.dtype](args[0])
    const ops: Record<string, { elementwise?: { evaluate(...x: number[]): number } }> =
      elementwiseOps
    return ops[x.op].elementwise!.evaluate(...args)
  }
  const position = ({ offset, terms }: Position): number =>
    terms.reduce((sum, { factor, atom }) => {
      if (atom.kind === "variable") return sum + factor * point.variables[atom.name]
      if (atom.kind === "loaded") return sum + factor * value(atom.value)
      const of = position(atom.of)
      const whole = Math.floor(of / atom.by)
      return sum + factor * (atom.kind === "quotient" ? whole : of - atom.by * whole)
    }, offset)
  return value(root)
}

const casts = {
  f32: (x: number) => x,
  f16: (x: number) => x,
  bf16: (x: number) => x,
  i32: (x: number) => Math.trunc(x) | 0,
  u8: (x: number) => Math.trunc(x) & 255,
  bool: (x: number) => Number(x !== 0),
}
