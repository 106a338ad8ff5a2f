import type { Expression, Position } from "../../schedule/index.js"

/** What an expression depends on: names of variables and numbers of results. */
export type Needs = ReadonlySet<string>

const none: Needs = new Set()

const union = (sets: readonly Needs[]): Needs => {
  const filled = sets.filter((s) => s.size > 0)
  return filled.length <= 1 ? (filled[0] ?? none) : new Set(filled.flatMap((s) => [...s]))
}

/** The dependencies of expressions, computed once each. */
export class NeedsOf {
  readonly #known = new Map<string, Needs>()

  expression(x: Expression): Needs {
    const known = this.#known.get(x.key)
    if (known) return known
    const needs = this.#look(x)
    this.#known.set(x.key, needs)
    return needs
  }

  position({ terms }: Position): Needs {
    return union(
      terms.map(({ atom }) => {
        if (atom.kind === "variable") return new Set([atom.name])
        return atom.kind === "loaded" ? this.expression(atom.value) : this.position(atom.of)
      }),
    )
  }

  #look(x: Expression): Needs {
    if (x.kind === "literal") return none
    if (x.kind === "result") return new Set([`${x.number}`])
    if (x.kind === "load") return this.position(x.at)
    if (x.kind === "apply") return union(x.args.map((arg) => this.expression(arg)))
    const parts = [x.value, x.otherwise].map((part) => this.expression(part))
    return union([this.position(x.position), ...parts])
  }
}
