import { isFloat } from "../dtype.js"
import type { Tensor } from "../tensor.js"
import { storesOf } from "./accesses.js"
import { type Expression, inOrder, type Load } from "./expression.js"
import type { LoopNest } from "./kernel.js"
import { along, at, type Position, plus, times } from "./position.js"

/** A nest over tensors in storage order, whatever their shapes. */
export interface Flat {
  /** Equal for nests that differ only in tensors and lengths. */
  readonly text: string
  /** The tensors it accesses, numbered as in the text. */
  readonly operands: readonly Tensor[]
}

/** This many rows fill a device without help. */
const fewRows = 256

/**
 * A map that reads every f32 at its own position or as a scalar, or a few sums of such values;
 * undefined for all other nests.
 */
export function flatOf(nest: LoopNest): Flat | undefined {
  const reduces = nest.reductions.length > 0
  if (reduces !== nest.inner > 1) return undefined
  if (reduces && (nest.innerStores.length > 0 || nest.outer > fewRows)) return undefined
  const run = plus(times(along("o", nest.outer), nest.inner), along("r", nest.inner))
  const text = new Text((p) => placeIn(p, run))
  const parts = [
    ...nest.reductions.map(({ op, value }) => text.of(op, value, { results: false, flat: true })),
    ...storesOf(nest).map(({ tensor, value }) => {
      const written = text.of("store", value, { results: true, flat: !reduces })
      return written && isFloat(tensor.dtype) ? `${written} ${text.operand(tensor)}` : undefined
    }),
  ]
  if (parts.includes(undefined)) return undefined
  // Stores that load nothing are fills, of one element or of all.
  const single = nest.outer === 1 && !reduces ? "one" : "each"
  return { text: [single, ...parts].join("\n"), operands: text.operands }
}

/** Where a load reads, relative to the element; undefined for any other position. */
function placeIn(p: Position, run: Position): { text: string; flat: boolean } | undefined {
  if (p.terms.length === 0) return { text: `${p.offset}`, flat: false }
  const isRun = plus(p, at(-p.offset)).key === run.key
  // Elements are loaded in fours.
  if (!isRun || p.offset < 0 || p.offset % 4 !== 0) return undefined
  return { text: `x+${p.offset}`, flat: true }
}

/** Numbers subexpressions and the tensors that they read. */
class Text {
  readonly operands: Tensor[] = []

  constructor(readonly place: (p: Position) => { text: string; flat: boolean } | undefined) {}

  operand(t: Tensor): string {
    if (!this.operands.includes(t)) this.operands.push(t)
    return `${t.dtype} t${this.operands.indexOf(t)}`
  }

  /** The text of an expression; undefined if a flat nest cannot read what it reads. */
  of(verb: string, root: Expression, may: { results: boolean; flat: boolean }): string | undefined {
    const numbers = new Map<string, number>()
    const lines: string[] = []
    for (const x of inOrder([root])) {
      const line = this.#line(x, may, (part) => `#${numbers.get(part.key)}`)
      if (line === undefined) return undefined
      numbers.set(x.key, lines.length)
      lines.push(line)
    }
    return `${lines.join("\n")}\n${verb} ${root.dtype}`
  }

  #line(
    x: Expression,
    may: { results: boolean; flat: boolean },
    part: (x: Expression) => string,
  ): string | undefined {
    if (x.kind === "literal") return `${x.dtype} ${Object.is(x.value, -0) ? "-0" : x.value}`
    if (x.kind === "result") return may.results ? `result ${x.number}` : undefined
    if (x.kind === "apply") return `${x.op} ${x.dtype} ${x.args.map(part)}`
    return x.kind === "load" ? this.#load(x, may.flat) : undefined
  }

  #load({ tensor, at }: Load, flat: boolean): string | undefined {
    const place = this.place(at)
    if (!isFloat(tensor.dtype) || place === undefined || (place.flat && !flat)) return undefined
    return `${this.operand(tensor)}[${place.text}]`
  }
}
