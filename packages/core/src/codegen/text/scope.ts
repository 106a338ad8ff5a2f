import type { Value } from "./value.js"

/** What a block of code knows beyond the one around it. */
export interface Known {
  /** Names of variables, u32 each. */
  readonly variables?: Readonly<Record<string, string>>
  /** Results by number. */
  readonly results?: Readonly<Record<number, Value>>
  /** A variable that is written as 4 x + lane: what `variables` has under its name is x. */
  readonly lanes?: string
}

/** Marks the name of x where a variable is 4 x + lane. */
export const quadMark = "/4"

/** What is known in a block of code: its own, then what the blocks around it know. */
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
    throw new Error(`variable ${name} is not known here`)
  }

  result(number: number): Value {
    const found = this.known.results?.[number] ?? this.parent?.result(number)
    if (found !== undefined) return found
    throw new Error(`result ${number} is not known here`)
  }
}
