import type { Calls, Dialect } from "./dialect.js"
import { NeedsOf } from "./needs.js"
import type { Shader } from "./shader.js"
import type { Storage } from "./storage.js"

/** A grid of so many workgroups: those that one axis does not take go to the next. */
export function gridOf(wanted: number, axis: number): [number, number, number] {
  // Tensors without elements need none; drivers complain of none.
  const groups = Math.max(1, wanted)
  const x = Math.min(groups, axis)
  return [x, Math.ceil(groups / x), 1]
}

/** How a shader is started. */
export interface Launch {
  /** Threads of one workgroup. */
  readonly size: number
  /** Whether its code uses subgroups. */
  readonly subgroups?: boolean
}

/** What one shader is written from: its tensors, the functions it calls, its names. */
export class Source implements Calls {
  readonly needs = new NeedsOf()
  readonly #functions = new Map<string, string>()
  readonly #shared = new Set<string>()
  #names = 0

  constructor(
    readonly dialect: Dialect,
    readonly memory: Storage,
  ) {}

  /** A name that nothing else has. */
  name(): string {
    return `v${this.#names++}`
  }

  /** Functions that are called; they are written once. */
  call(functions: Iterable<readonly [name: string, code: string]>): void {
    for (const [name, code] of functions) this.#functions.set(name, code)
  }

  /** Adds the declaration of an array that a workgroup shares. */
  share(declaration: string): void {
    this.#shared.add(declaration)
  }

  /** The shader that does the body's work in so many workgroups. */
  shader(label: string, body: string, { groups, ...launch }: Launch & { groups: number }): Shader {
    const { dialect, memory } = this
    const workgroups = gridOf(groups, dialect.gridAxis)
    const code = this.code(body, dialect.unsigned(workgroups[0]), launch)
    return { label, code, bindings: memory.bindings, workgroups }
  }

  /** The program for a grid that is `across` wide. */
  code(body: string, across: string, { size, subgroups = false }: Launch): string {
    const functions = [...this.#functions.values()]
    const parts = { functions, shared: [...this.#shared], body, across, size, subgroups }
    return this.dialect.program({ memory: this.memory.code, ...parts })
  }
}
