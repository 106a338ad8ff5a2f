import type { Value } from "./value.js"

/** What a nested block adds to the scope. */
export interface Known {
  /** Names of u32 variables. */
  readonly variables?: Readonly<Record<string, string>>
  /** Kernel results by number. */
  readonly results?: Readonly<Record<number, Value>>
  /** A variable of the form 4 x + lane; `variables` maps its name to x. */
  readonly lanes?: string
}

/** Marks the name of x where a variable is 4 x + lane. */
export const quadMark = "/4"

/** The scope of a block: its own names, then those of enclosing blocks. */
export class Scope {
  readonly lanes: string | undefined

  constructor(
    readonly known: Known,
    readonly parent?: Scope,
  ) {
    this.lanes = known.lanes ?? parent?.lanes
  }

  knows(need: string): boolean {
    const { variables = {}, results = {} } = this.known
    const name = need.replace(quadMark, "")
    if (name === "lane" || name in variables || name in results) return true
    return this.parent?.knows(need) ?? false
  }

  variable(name: string): string {
    const found = this.known.variables?.[name] ?? this.parent?.variable(name)
    if (found !== undefined) return found
    throw new Error(`variable ${name} is not in scope`)
  }

  result(number: number): Value {
    const found = this.known.results?.[number] ?? this.parent?.result(number)
    if (found !== undefined) return found
    throw new Error(`result ${number} is not in scope`)
  }
}
