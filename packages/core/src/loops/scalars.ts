import type { DType } from "../dtype.js"
import { scalarValue } from "../ops/source.js"
import type { Node, Tensor } from "../tensor.js"
import { isScalarIdentity } from "./updates.js"

/** Fills a slot from a scalar input or from other slots. */
export type ScalarStep =
  | { readonly kind: "read"; readonly slot: number; readonly input: number }
  | {
      readonly kind: "compute"
      readonly slot: number
      readonly args: readonly number[]
      readonly evaluate: (...x: number[]) => number
    }

/** Assigns slots to the scalars of a graph, and emits the steps that fill them on demand. */
export class ScalarPlan {
  readonly #slots = new Map<Tensor, number>()

  constructor(
    readonly given: ReadonlyMap<Tensor, number>,
    readonly emit: (step: ScalarStep) => void,
  ) {}

  get slots(): number {
    return this.#slots.size
  }

  /** A slot that another step fills: the result of a sum. */
  reserve(t: Tensor): number {
    const slot = this.#slots.size
    this.#slots.set(t, slot)
    return slot
  }

  /** The slot of `t`; emits the steps that fill it if necessary. */
  slotOf(t: Tensor): number {
    const known = this.#slots.get(t)
    if (known !== undefined) return known
    const input = this.given.get(t)
    if (input !== undefined) {
      const slot = this.reserve(t)
      this.emit({ kind: "read", slot, input })
      return slot
    }
    const args = t.node.inputs.map((x) => this.slotOf(x))
    const slot = this.reserve(t)
    this.emit({ kind: "compute", slot, args, evaluate: evaluation(t.node) })
    return slot
  }
}

/** The scalar function of a node. */
function evaluation({ op, outputs }: Node): (...x: number[]) => number {
  const [y] = outputs
  const constant = scalarValue(y)
  if (constant !== undefined) return () => constant
  if (op.name === "select") return (condition, x, z) => (condition ? x : z)
  const convert = conversions[y.dtype]
  const row = op.elementwise
  if (row) return (...x) => convert(row.evaluate(...x))
  if (op.name === "cast" || isScalarIdentity(op.name)) return (x) => convert(x)
  throw new Error(`${op.name} is not a scalar op`)
}

/** Between floats nothing is rounded: slots hold double precision. */
const conversions: Record<DType, (x: number) => number> = {
  f32: (x) => x,
  f16: (x) => x,
  bf16: (x) => x,
  i32: (x) => Math.trunc(x) | 0,
  u8: (x) => Math.trunc(x) & 255,
  bool: (x) => Number(x !== 0),
}

/** The sums that `t` depends on, directly or through other sums. */
export function sumsBehind(t: Tensor, stop: (t: Tensor) => boolean): Set<Tensor> {
  const sums = new Set<Tensor>()
  const seen = new Set<Tensor>()
  const pending = [t]
  for (let x = pending.pop(); x !== undefined; x = pending.pop()) {
    if (seen.has(x) || stop(x)) continue
    seen.add(x)
    pending.push(...x.node.inputs)
    if (x.size === 1 && x.node.inputs.some((y) => y.size > 1)) sums.add(x)
  }
  return sums
}
