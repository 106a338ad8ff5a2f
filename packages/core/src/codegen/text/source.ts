import type { Calls, Dialect } from "./dialect.js"
import { NeedsOf } from "./needs.js"
import type { Shader } from "./shader.js"
import type { Storage } from "./storage.js"

/** A grid for `wanted` workgroups, over a second axis if one is too short. */
export function gridOf(wanted: number, axis: number): [number, number, number] {
  // Empty tensors need no workgroup, but drivers reject an empty grid.
  const groups = Math.max(1, wanted)
  const x = Math.min(groups, axis)
  return [x, Math.ceil(groups / x), 1]
}

/** The launch configuration of a shader. */
export interface Launch {
  /** Threads per workgroup. */
  readonly size: number
  /** Whether its code uses subgroups. */
  readonly subgroups?: boolean
}

/** What a shader is built from: its tensors, helper functions and names. */
export class Source implements Calls {
  readonly needs = new NeedsOf()
  readonly #functions = new Map<string, string>()
  readonly #shared = new Set<string>()
  #names = 0

  constructor(
    readonly dialect: Dialect,
    readonly memory: Storage,
  ) {}

  /** Returns a unique name. */
  name(): string {
    return `v${this.#names++}`
  }

  /** Helper functions; each is written once. */
  call(functions: Iterable<readonly [name: string, code: string]>): void {
    for (const [name, code] of functions) this.#functions.set(name, code)
  }

  /** Declares a workgroup array. */
  share(declaration: string): void {
    this.#shared.add(declaration)
  }

  /** The shader that runs `body` in `groups` workgroups. */
  shader(label: string, body: string, { groups, ...launch }: Launch & { groups: number }): Shader {
    const { dialect, memory } = this
    const workgroups = gridOf(groups, dialect.gridAxis)
    const code = this.code(body, dialect.unsigned(workgroups[0]), launch)
    return { label, code, bindings: memory.bindings, workgroups }
  }

  /** The program for a grid `across` workgroups wide. */
  code(body: string, across: string, { size, subgroups = false }: Launch): string {
    const functions = [...this.#functions.values()]
    const parts = { functions, shared: [...this.#shared], body, across, size, subgroups }
    return this.dialect.program({ memory: this.memory.code, ...parts })
  }
}
