import type { Tensor } from "@tubelet/core"
import {
  type BatchStorage,
  groupWords,
  headerWords,
  lengthWords,
  operandWords,
} from "@tubelet/core/codegen"

/**
 * f32 tensors that a shader locates through a table, so that one shader serves any number of them.
 * They are in `slots` buffers, each bound as a whole.
 */
export class Table implements BatchStorage {
  readonly #loads: string[] = []
  readonly #stores: string[] = []

  constructor(
    readonly operands: readonly Tensor[],
    readonly slots: number,
  ) {}

  readonly bindings = []
  readonly outer = "table[entry]"
  readonly inner = "table[entry + 1u]"
  readonly across = "table[0]"

  at = (tensor: Tensor, i: string): string => `${this.quad(tensor, `(${i}) / 4u`)}[(${i}) % 4u]`

  quad = (tensor: Tensor, i: string): string => {
    const load = this.#access(tensor, i)
    if (!this.#loads.includes(load)) this.#loads.push(load)
    return `loaded[${this.#loads.indexOf(load)}]`
  }

  putQuad = (tensor: Tensor, i: string, x: string): string =>
    `kept[${this.#stores.push(this.#access(tensor, i)) - 1}] = ${x};`

  each = unexpected
  put = unexpected

  #access = (tensor: Tensor, i: string): string => {
    const k = this.operands.indexOf(tensor)
    return `vec2<u32>(buffer${k}, place${k} + ${i})`
  }

  /**
   * The code since the last call, with its loads first and its stores last. Each is a loop, since
   * selecting among many buffers for every operand is expensive to compile.
   */
  around(code: string): string {
    const [loads, stores] = [this.#loads.splice(0), this.#stores.splice(0)]
    const many = (type: string, list: readonly string[]) => `array<${type}, ${list.length}>`
    const each = (list: readonly string[], statement: string) =>
      `for (var k = 0u; k < ${list.length}u; k++) { ${statement} }`
    const gathered = [
      `var sources = ${many("vec2<u32>", loads)}(${loads.join(", ")});`,
      `var loaded: ${many("vec4<f32>", loads)};`,
      each(loads, "loaded[k] = fetch(sources[k].x, sources[k].y);"),
    ]
    const scattered = [
      `var targets = ${many("vec2<u32>", stores)}(${stores.join(", ")});`,
      each(stores, "keep(targets[k].x, targets[k].y, kept[k]);"),
    ]
    return [
      ...(loads.length > 0 ? gathered : []),
      ...(stores.length > 0 ? [`var kept: ${many("vec4<f32>", stores)};`] : []),
      code,
      ...(stores.length > 0 ? scattered : []),
    ].join("\n")
  }

  /** Declarations of the buffers and their access functions. A workgroup reads one at a time. */
  get code(): string {
    const buffers = Array.from({ length: this.slots }, (_, i) => i)
    const binding = (i: number) =>
      `@group(0) @binding(${i + 1}) var<storage, read_write> s${i}: array<vec4<f32>>;`
    const chosen = (statement: (i: number) => string) =>
      buffers.map((i) => `${i === 0 ? "default" : `case ${i}u`}: { ${statement(i)} }`).join("\n")
    return [
      "@group(0) @binding(0) var<storage, read> table: array<u32>;",
      ...buffers.map(binding),
      `fn fetch(b: u32, i: u32) -> vec4<f32> {\nswitch b {`,
      `${chosen((i) => `return s${i}[i];`)}\n}\n}`,
      `fn keep(b: u32, i: u32, x: vec4<f32>) {\nswitch b {`,
      `${chosen((i) => `s${i}[i] = x;`)}\n}\n}`,
    ].join("\n")
  }

  /**
   * Declares what the table says about a workgroup: `entry`, `part` and the positions of operands.
   */
  get names(): string {
    const first = `${headerWords}u + ${groupWords}u * group`
    return [
      "if (group >= table[1]) { return; }",
      `let entry = table[${first}];`,
      `let part = table[${first} + 1u];`,
      ...this.operands.flatMap((_, k) => {
        const at = lengthWords + operandWords * k
        return [
          `let buffer${k} = table[entry + ${at}u];`,
          `let place${k} = table[entry + ${at + 1}u];`,
        ]
      }),
    ].join("\n")
  }
}

const unexpected = (): never => {
  throw new Error("a flat nest reads and writes four elements in a row")
}
