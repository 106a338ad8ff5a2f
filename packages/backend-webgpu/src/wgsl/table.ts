import type { DType, Tensor } from "@tubelet/core"
import {
  type BatchStorage,
  groupWords,
  headerWords,
  lengthWords,
  operandWords,
} from "@tubelet/core/codegen"
import { convertBF16, halfWords } from "./formats.js"

/**
 * Float tensors that a shader locates through a table, so that one shader serves any number of
 * them. They are in `slots` buffers, each bound as a whole: as vec4s of f32 or, for narrower types,
 * as pairs of words, each of which holds four elements.
 */
export class Table implements BatchStorage {
  readonly #groups: ReadonlyMap<DType, Group>
  readonly #isNarrow: boolean

  constructor(
    readonly operands: readonly Tensor[],
    readonly slots: number,
  ) {
    const dtypes = new Set(operands.map((t) => t.dtype))
    this.#isNarrow = [...dtypes].some((dtype) => dtype !== "f32")
    this.#groups = new Map([...dtypes].map((dtype) => [dtype, new Group(dtype)]))
  }

  readonly bindings = []
  readonly outer = "table[entry]"
  readonly inner = "table[entry + 1u]"
  readonly across = "table[0]"

  at = (tensor: Tensor, i: string): string => `${this.quad(tensor, `(${i}) / 4u`)}[(${i}) % 4u]`

  quad = (tensor: Tensor, i: string): string =>
    this.#groups.get(tensor.dtype)!.loaded(this.#access(tensor, i))

  putQuad = (tensor: Tensor, i: string, x: string): string =>
    this.#groups.get(tensor.dtype)!.kept(this.#access(tensor, i), x)

  each = unexpected
  put = unexpected

  /** The buffer of a group of four elements, and its first word there. */
  #access = (tensor: Tensor, i: string): string => {
    const k = this.operands.indexOf(tensor)
    if (!this.#isNarrow) return `vec2<u32>(buffer${k}, place${k} + ${i})`
    const pair = tensor.dtype === "f32" ? `2u * (place${k} + ${i})` : `2u * place${k} + ${i}`
    return `vec2<u32>(buffer${k}, ${pair})`
  }

  around(code: string): string {
    const groups = [...this.#groups.values()].map((group) => group.taken())
    const before = groups.flatMap(({ gathered }) => gathered)
    const after = groups.flatMap(({ scattered }) => scattered)
    return [...before, code, ...after].join("\n")
  }

  /** Declarations of the buffers and their access functions. A workgroup reads one at a time. */
  get code(): string {
    const word = this.#isNarrow ? "vec2<u32>" : "vec4<f32>"
    const [fetch, keep] = this.#isNarrow ? ["words", "put_words"] : ["fetch", "keep"]
    const buffers = Array.from({ length: this.slots }, (_, i) => i)
    const binding = (i: number) =>
      `@group(0) @binding(${i + 1}) var<storage, read_write> s${i}: array<${word}>;`
    const chosen = (statement: (i: number) => string) =>
      buffers.map((i) => `${i === 0 ? "default" : `case ${i}u`}: { ${statement(i)} }`).join("\n")
    return [
      "@group(0) @binding(0) var<storage, read> table: array<u32>;",
      ...buffers.map(binding),
      `fn ${fetch}(b: u32, i: u32) -> ${word} {\nswitch b {`,
      `${chosen((i) => `return s${i}[i];`)}\n}\n}`,
      `fn ${keep}(b: u32, i: u32, x: ${word}) {\nswitch b {`,
      `${chosen((i) => `s${i}[i] = x;`)}\n}\n}`,
      ...(this.#isNarrow ? [...this.#groups.keys()].map(byWords) : []),
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
  throw new Error("a flat nest needs vectors of four")
}

const suffixOf = (dtype: DType): string => (dtype === "f32" ? "" : `_${dtype}`)

/**
 * The loads and stores of one type. Each is a loop, since selecting among many buffers for every
 * operand is expensive to compile.
 */
class Group {
  readonly #loads: string[] = []
  readonly #stores: string[] = []
  readonly #suffix: string

  constructor(dtype: DType) {
    this.#suffix = suffixOf(dtype)
  }

  loaded(access: string): string {
    if (!this.#loads.includes(access)) this.#loads.push(access)
    return `loaded${this.#suffix}[${this.#loads.indexOf(access)}]`
  }

  kept(access: string, x: string): string {
    return `kept${this.#suffix}[${this.#stores.push(access) - 1}] = ${x};`
  }

  /** Code before and after what was printed since the last call. */
  taken(): { gathered: string[]; scattered: string[] } {
    const [loads, stores] = [this.#loads.splice(0), this.#stores.splice(0)]
    const many = (type: string, list: readonly string[]) => `array<${type}, ${list.length}>`
    const each = (list: readonly string[], statement: string) =>
      `for (var k = 0u; k < ${list.length}u; k++) { ${statement} }`
    const accesses = (name: string, list: readonly string[]) =>
      `var ${name} = ${many("vec2<u32>", list)}(${list.join(", ")});`
    const x = this.#suffix
    const loading = [
      accesses(`sources${x}`, loads),
      `var loaded${x}: ${many("vec4<f32>", loads)};`,
      each(loads, `loaded${x}[k] = fetch${x}(sources${x}[k].x, sources${x}[k].y);`),
    ]
    const storing = [
      accesses(`targets${x}`, stores),
      each(stores, `keep${x}(targets${x}[k].x, targets${x}[k].y, kept${x}[k]);`),
    ]
    return {
      gathered: [
        ...(loads.length > 0 ? loading : []),
        ...(stores.length > 0 ? [`var kept${x}: ${many("vec4<f32>", stores)};`] : []),
      ],
      scattered: stores.length > 0 ? storing : [],
    }
  }
}

/** Functions that load and store four elements of a type as pairs of words. */
function byWords(dtype: DType): string {
  const x = suffixOf(dtype)
  if (dtype !== "f16" && dtype !== "bf16") {
    return `fn fetch(b: u32, i: u32) -> vec4<f32> {
  return bitcast<vec4<f32>>(vec4<u32>(words(b, i), words(b, i + 1u)));
}
fn keep(b: u32, i: u32, x: vec4<f32>) {
  let bits = bitcast<vec4<u32>>(x);
  put_words(b, i, bits.xy);
  put_words(b, i + 1u, bits.zw);
}`
  }
  const { unpack, pack } = halfWords[dtype]
  return `${dtype === "bf16" ? `${convertBF16}\n` : ""}fn fetch${x}(b: u32, i: u32) -> vec4<f32> {
  let two = words(b, i);
  return vec4<f32>(${unpack("two.x")}, ${unpack("two.y")});
}
fn keep${x}(b: u32, i: u32, x: vec4<f32>) {
  put_words(b, i, vec2<u32>(${pack("x.xy")}, ${pack("x.zw")}));
}`
}
