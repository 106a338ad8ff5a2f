import { bytesPerElement, type Spec, sizeOf } from "@tubelet/core"
import type { Arena, Block } from "./wasm/index.js"

export const bytesOf = ({ dtype, shape }: Spec): number => sizeOf(shape) * bytesPerElement(dtype)

/**
 * The memory of a compiled step, handed out while it is planned: what one stage no longer needs,
 * a later one takes. Equal blocks of a model need equal bytes, so little is left over.
 */
export class Pool {
  readonly #all: Block[] = []
  readonly #idle: Block[] = []

  constructor(private readonly arena: Arena) {}

  get byteLength(): number {
    return this.#all.reduce((n, block) => n + block.byteLength, 0)
  }

  /** A block of at least that many bytes: the smallest idle one, if it is no more than twice. */
  take(bytes: number): Block {
    const fits = (block: Block) => block.byteLength >= bytes && block.byteLength <= 2 * bytes
    const found = this.#idle.filter(fits).sort((a, b) => a.byteLength - b.byteLength)[0]
    if (found === undefined) {
      const block = this.arena.allocate(bytes)
      this.#all.push(block)
      return block
    }
    this.#idle.splice(this.#idle.indexOf(found), 1)
    return found
  }

  /** Says that nothing planned from here on needs a block's content. */
  give(block: Block): void {
    this.#idle.push(block)
  }

  free(): void {
    for (const block of this.#all) block.free()
  }
}
