import { type Bound, NeedsOf, type Shader } from "@tubelet/core/codegen"
import { Memory, type Storage } from "./memory.js"

/** More workgroups than a dispatch takes along one axis go to the next. */
const alongAxis = 65535

/** A grid of so many workgroups. */
export function gridOf(wanted: number): [number, number, number] {
  // Tensors without elements need none; drivers complain of none.
  const groups = Math.max(1, wanted)
  const x = Math.min(groups, alongAxis)
  return [x, Math.ceil(groups / x), 1]
}

/** What one shader is written from: its tensors, the functions it calls, its names. */
export class Source {
  readonly needs = new NeedsOf()
  readonly #functions = new Map<string, string>()
  readonly #shared = new Map<string, string>()
  #names = 0

  constructor(readonly memory: Storage) {}

  /** For tensors that are bound each by itself. */
  static over(bound: Bound): Source {
    return new Source(new Memory(bound))
  }

  /** A name that nothing else has. */
  name(): string {
    return `v${this.#names++}`
  }

  /** Functions that are called; they are written once. */
  call(functions: Iterable<readonly [name: string, code: string]>): void {
    for (const [name, code] of functions) this.#functions.set(name, code)
  }

  /** Declares an array in workgroup memory. */
  share(name: string, type: string): void {
    this.#shared.set(name, `var<workgroup> ${name}: ${type};`)
  }

  /**
   * The shader. Its body finds the number of its workgroup in `group` and that of the invocation
   * in `local`, with subgroups also its number in its own, `subgroupLane`, and how many that has,
   * `subgroupLanes`; all are u32.
   */
  shader(label: string, body: string, { groups, ...launch }: Launch & { groups: number }): Shader {
    const workgroups = gridOf(groups)
    const code = this.code(body, `${workgroups[0]}u`, launch)
    return { label, code, bindings: this.memory.bindings, workgroups }
  }

  /** The shader's WGSL for a grid that is `across` wide. */
  code(body: string, across: string, { size, subgroups = false }: Launch): string {
    return [
      ...(subgroups ? ["enable subgroups;"] : []),
      "const lane = vec4<u32>(0u, 1u, 2u, 3u);",
      this.memory.code,
      ...this.#functions.values(),
      ...this.#shared.values(),
      `@compute @workgroup_size(${size})`,
      "fn main(",
      "@builtin(workgroup_id) at: vec3<u32>,",
      "@builtin(local_invocation_index) local: u32,",
      ...(subgroups ? ["@builtin(subgroup_invocation_id) subgroupLane: u32,"] : []),
      ") {",
      `let group = at.x + ${across} * at.y;`,
      ...(subgroups ? ["let subgroupLanes = subgroupAdd(1u);"] : []),
      body,
      "}",
    ].join("\n")
  }
}

/** How a shader is started. */
export interface Launch {
  /** Invocations of one workgroup. */
  readonly size: number
  /** Whether its code uses subgroups. */
  readonly subgroups?: boolean
}
