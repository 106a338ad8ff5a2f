import type { Tensor } from "@tubelet/core"
import type { Binding } from "../shader.js"
import { convertBF16, type Format, formatOf } from "./formats.js"
import { typeOf } from "./value.js"

type Use = Exclude<keyof Format, "word">

/** The WGSL functions' names begin with it, the tensor's follows. */
const verbs = { at: "load", each: "gather", quad: "load4", put: "store", putQuad: "store4" }

/** How a shader reaches tensors. */
export type Storage = Pick<Memory, "at" | "each" | "quad" | "put" | "putQuad" | "code" | "bindings">

/**
 * The tensors that one shader reads and writes. It is written by way of functions (`load4_t0`), so
 * that how a tensor is declared can follow from all its uses.
 */
export class Memory {
  readonly #uses = new Map<Tensor, Set<Use>>()

  /** `access` says how a tensor is bound. */
  constructor(readonly access: (tensor: Tensor) => Binding["access"]) {}

  get bindings(): Binding[] {
    return [...this.#uses.keys()].map((tensor) => ({ tensor, access: this.access(tensor) }))
  }

  /** Element `i`, a u32. */
  at = (tensor: Tensor, i: string): string => `${this.#function("at", tensor)}(${i})`

  /** Four elements `i`, a vec4<u32>. */
  each = (tensor: Tensor, i: string): string => `${this.#function("each", tensor)}(${i})`

  /** Elements 4 i to 4 i + 3. */
  quad = (tensor: Tensor, i: string): string => `${this.#function("quad", tensor)}(${i})`

  /** A statement that writes element `i`. */
  put = (tensor: Tensor, i: string, x: string): string =>
    `${this.#function("put", tensor)}(${i}, ${x});`

  /** A statement that writes elements 4 i to 4 i + 3. */
  putQuad = (tensor: Tensor, i: string, x: string): string =>
    `${this.#function("putQuad", tensor)}(${i}, ${x});`

  /** The bindings' declarations and the functions over them. */
  get code(): string {
    const tensors = [...this.#uses]
    return [
      ...tensors.map(([tensor, uses], i) => this.#declared(tensor, uses, i)),
      ...(tensors.some(([t]) => t.dtype === "bf16") ? [convertBF16] : []),
    ].join("\n")
  }

  #function(use: Use, tensor: Tensor): string {
    const uses = this.#uses.get(tensor) ?? new Set()
    this.#uses.set(tensor, uses.add(use))
    return `${verbs[use]}_t${[...this.#uses.keys()].indexOf(tensor)}`
  }

  #declared(tensor: Tensor, uses: ReadonlySet<Use>, i: number): string {
    const format = formatOf(tensor.dtype, uses)
    const [name, access] = [`t${i}`, this.access(tensor)]
    const declared = `var<storage, ${access}> ${name}: array<${format.word}>;`
    const binding = `@group(0) @binding(${i}) ${declared}`
    return [binding, ...[...uses].map((use) => written(use, name, tensor, format))].join("\n")
  }
}

/** The function for one use of a tensor. */
function written(use: Use, name: string, tensor: Tensor, format: Format): string {
  const one = typeOf(tensor.dtype, 1)
  const many = typeOf(tensor.dtype, 4)
  const signature = {
    at: `(i: u32) -> ${one}`,
    each: `(i: vec4<u32>) -> ${many}`,
    quad: `(i: u32) -> ${many}`,
    put: `(i: u32, x: ${one})`,
    putQuad: `(i: u32, x: ${many})`,
  }[use]
  return `fn ${verbs[use]}_${name}${signature} { ${format[use](name)} }`
}
