import { positionOf } from "../../schedule/accesses.js"
import type { LoopNest, Store } from "../../schedule/kernel.js"
import { CodeBlock, type PlacedStore } from "../text/block.js"
import type { Shader } from "../text/shader.js"
import type { Source } from "../text/source.js"
import type { Value } from "../text/value.js"
import { combine, folded, type Gathered, identityOf, merged, type Team } from "./combine.js"

/** How the threads of a workgroup share the rows of a nest. A team handles one row, or four. */
export interface Layout {
  readonly team: Team
  /** Code for `o` and for the thread's number in its team, in terms of `group` and `local`. */
  readonly o: string
  readonly part: string
  /** Number of values of `o`: groups of four if the lanes run along it. */
  readonly outer: number
  /** Number of values of `r`, likewise. */
  readonly inner: number
  readonly lanes: "o" | "r" | undefined
  readonly groups: number
}

/** Up to this many steps, a thread keeps the values it has read in registers. */
const fewSteps = 4
/** The most reductions in one loop: each needs an array in workgroup memory. */
const together = 3

/** A nest with reductions, distributed over threads. */
export function reduce(nest: LoopNest, source: Source, label: string, layout: Layout): Shader {
  return new Writer(nest, source, layout).shader(label)
}

class Writer {
  readonly #results: Record<number, Value> = {}
  readonly #row: CodeBlock
  /** The unrolled steps of the inner loop; undefined if there are too many. */
  readonly #steps: readonly InnerStep[]

  constructor(
    readonly nest: LoopNest,
    readonly source: Source,
    readonly layout: Layout,
  ) {
    const { lanes, inner, team } = layout
    this.#row = new CodeBlock(source, {
      variables: { o: "o" },
      results: this.#results,
      ...(lanes && { lanes }),
    })
    const count = Math.ceil(inner / team.parts)
    this.#steps = Array.from({ length: count <= fewSteps ? count : 0 }, (_, i) => {
      const last = (i + 1) * team.parts
      return {
        r: `r${i}`,
        block: this.#row.inner({ variables: { r: `r${i}` } }),
        whole: last <= inner,
      }
    })
  }

  shader(label: string): Shader {
    const { layout, nest } = this
    const { parts, size, subgroups } = layout.team
    this.#let("part", layout.part)
    this.#counter("o", layout.o, layout.outer)
    for (const [i, { r, whole }] of this.#steps.entries()) {
      const at = `part + ${this.source.dialect.unsigned(i * parts)}`
      if (whole) this.#let(r, at)
      else this.#counter(r, at, layout.inner)
    }
    for (const [i, phase] of this.#phases().entries()) this.#reduce(phase, i > 0)
    this.#storeOuter()
    if (nest.innerStores.length > 0) this.#storeInner()
    return this.source.shader(label, this.#row.code, { groups: layout.groups, size, subgroups })
  }

  #let(name: string, code: string): void {
    this.#row.line(this.source.dialect.constant(name, { code, width: 1, scalar: "u32" }))
  }

  /**
   * Declares a counter that may pass its end; it is clamped where an out-of-bounds read would trap.
   */
  #counter(name: string, code: string, extent: number): void {
    const counted = this.#counted(name)
    this.#let(counted, code)
    if (counted === name) return
    const clamped = this.#row.atMost({ code: counted, width: 1, scalar: "u32" }, extent - 1)
    this.#row.line(this.source.dialect.constant(name, clamped))
  }

  /** The name to compare with the end of a counter. */
  #counted = (name: string): string => (this.source.dialect.robustAccess ? name : `${name}_counted`)

  /** The reductions by number, grouped into those that do not depend on each other. */
  #phases(): number[][] {
    const phases: number[][] = []
    for (const [n, { value }] of this.nest.reductions.entries()) {
      const needs = this.source.needs.expression(value)
      const phase = phases.at(-1)
      const apart = !phase || phase.length === together || phase.some((m) => needs.has(`${m}`))
      if (apart) phases.push([n])
      else phase.push(n)
    }
    return phases
  }

  #reduce(phase: readonly number[], again: boolean): void {
    const { dialect } = this.source
    const width = this.layout.lanes === undefined ? 1 : 4
    const partials = phase.map((n): Gathered => {
      const { op, value } = this.nest.reductions[n]
      return { name: `sum${n}`, op, dtype: value.dtype, width }
    })
    const starts = partials.map((partial) => identityOf(this.#row, partial))
    for (const [i, { name }] of partials.entries()) {
      this.#row.line(dialect.variable(name, starts[i]))
    }
    this.#each(({ block, r, whole }) => {
      for (const [i, n] of phase.entries()) {
        const { name } = partials[i]
        const value = block.widened(block.value(this.nest.reductions[n].value), width)
        const own = whole ? value : dialect.select(this.#within(r), value, starts[i].code)
        block.line(`${name} = ${merged(block, partials[i], name, own)};`)
      }
    })
    const alone = this.layout.lanes === "r" ? partials.map((p) => this.#folded(p)) : partials
    const totals = combine(this.#row, alone, this.layout.team, again)
    for (const [i, n] of phase.entries()) this.#results[n] = totals[i]
  }

  #folded(partial: Gathered): Gathered {
    const name = `${partial.name}_all`
    this.#row.line(this.source.dialect.constant(name, folded(this.#row, partial)))
    return { ...partial, name, width: 1 }
  }

  /** Emits the inner loop, or its unrolled steps. */
  #each(write: (step: InnerStep) => void): void {
    for (const step of this.#steps) {
      write(step)
      this.#row.line(step.block.taken())
    }
    if (this.#steps.length > 0) return
    const step = { r: "r", block: this.#row.inner({ variables: { r: "r" } }), whole: true }
    write(step)
    const { inner, team } = this.layout
    const { loop, unsigned } = this.source.dialect
    const counter = { name: "r", from: "part", below: unsigned(inner), step: unsigned(team.parts) }
    this.#row.line(loop(counter, step.block.taken()))
  }

  #within = (r: string): string =>
    `${this.#counted(r)} < ${this.source.dialect.unsigned(this.layout.inner)}`

  #storeOuter(): void {
    const { outer, team } = this.layout
    const { unsigned } = this.source.dialect
    const first = `part == ${unsigned(0)}`
    const exists = `${this.#counted("o")} < ${unsigned(outer)}`
    const conditions = [exists, ...(team.parts > 1 ? [first] : [])]
    this.#row.store(this.nest.outerStores.map(this.#placed), conditions.join(" && "))
  }

  #storeInner(): void {
    const stores = this.nest.innerStores.map(this.#placed)
    this.#each(({ block, r, whole }) => {
      const exists = `${this.#counted("o")} < ${this.source.dialect.unsigned(this.layout.outer)}`
      const conditions = [exists, ...(whole ? [] : [this.#within(r)])]
      block.store(stores, conditions.join(" && "))
    })
  }

  #placed = (store: Store): PlacedStore => ({ ...store, at: positionOf(this.nest, store) })
}

interface InnerStep {
  /** The name of `r`. */
  readonly r: string
  readonly block: CodeBlock
  /** Whether every thread stays within the row in this step. */
  readonly whole: boolean
}
