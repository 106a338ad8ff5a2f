import { bytesOf, type Tensor } from "@tubelet/core"
import { type Binding, type Bound, partsOf, Source, type Storage } from "@tubelet/core/codegen"
import { declare, type Use, verbs } from "./declare.js"
import { wgsl } from "./dialect.js"
import { convertBF16 } from "./formats.js"

/**
 * The tensors that a shader accesses. Code accesses them through functions (`load4_t0`), so that a
 * tensor's declaration can depend on all its uses.
 */
export class Memory implements Storage {
  readonly #uses = new Map<Tensor, Set<Use>>()

  constructor(readonly bound: Bound) {}

  get bindings(): Binding[] {
    return [...this.#uses.keys()].flatMap((tensor) => {
      const access = this.bound.access(tensor)
      const parts = partsOf(bytesOf(tensor), this.bound.partBytes)
      return parts.map((bytes, part) => ({ tensor, part, bytes, access }))
    })
  }

  /** Element `i`, a u32. */
  at = (tensor: Tensor, i: string): string => `${this.#function("at", tensor)}(${i})`

  /** Four elements `i`, a vec4<u32>. */
  each = (tensor: Tensor, i: string): string => `${this.#function("each", tensor)}(${i})`

  /** Elements 4 i to 4 i + 3. */
  quad = (tensor: Tensor, i: string): string => `${this.#function("quad", tensor)}(${i})`

  /** A statement that stores element `i`. */
  put = (tensor: Tensor, i: string, x: string): string =>
    `${this.#function("put", tensor)}(${i}, ${x});`

  /** A statement that stores elements 4 i to 4 i + 3. */
  putQuad = (tensor: Tensor, i: string, x: string): string =>
    `${this.#function("putQuad", tensor)}(${i}, ${x});`

  /** The bindings' declarations and access functions. */
  get code(): string {
    const { bindings } = this
    const tensors = [...this.#uses]
    const declared = tensors.map(([tensor, uses], i) => {
      const first = bindings.findIndex((b) => b.tensor === tensor)
      return declare(`t${i}`, tensor, uses, first, this.bound)
    })
    if (tensors.some(([t]) => t.dtype === "bf16")) declared.push(convertBF16)
    return declared.join("\n")
  }

  #function(use: Use, tensor: Tensor): string {
    const uses = this.#uses.get(tensor) ?? new Set()
    this.#uses.set(tensor, uses.add(use))
    return `${verbs[use]}_t${[...this.#uses.keys()].indexOf(tensor)}`
  }
}

/** A memory whose tensors are bound separately. */
export const sourceOver = (bound: Bound): Source => new Source(wgsl, new Memory(bound))
