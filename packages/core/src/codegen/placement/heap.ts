import { partsOf, roundUp } from "../../bytes.js"
import type { TubeletError } from "../../errors.js"
import { FreeList } from "../../free-list.js"

const mebibyte = 2 ** 20
const smallestChunk = 4 * mebibyte

/** A device buffer, as the heap sees it. */
export interface HeapBuffer {
  readonly bytes: number
  /** Set once the allocation is known to have failed. */
  readonly error: TubeletError | undefined
  destroy(): void
}

/** Creates and destroys the heap's buffers. */
export interface HeapDevice<B extends HeapBuffer> {
  /** `purpose` appears in the error if memory runs out. */
  create(bytes: number, purpose: string): B
  /** Whether the buffer exists: neither rejected nor destroyed. */
  has(buffer: B): boolean
  /** Bytes still available, if known. */
  readonly left: number
}

export interface HeapLimits {
  /** The largest binding, and so the largest chunk: kernels may bind a whole chunk. */
  readonly partBytes: number
  /** Blocks start at multiples of this. */
  readonly alignment: number
  /** Block sizes are multiples of this. */
  readonly padding: number
  /** The largest chunk to request up front: larger ones save nothing and fail more often. */
  readonly largestChunk?: number
}

/** A buffer and its free bytes. */
class Chunk<B extends HeapBuffer> {
  readonly #free = new FreeList()
  bytesInUse = 0

  constructor(readonly buffer: B) {
    this.#free.give({ offset: 0, bytes: buffer.bytes })
  }

  take(bytes: number): number | undefined {
    const offset = this.#free.take(bytes)
    if (offset !== undefined) this.bytesInUse += bytes
    return offset
  }

  give(offset: number, bytes: number): void {
    this.#free.give({ offset, bytes })
    this.bytesInUse -= bytes
  }
}

/** A range of a chunk. */
interface Taken<B extends HeapBuffer> {
  readonly chunk: Chunk<B>
  readonly offset: number
  readonly size: number
}

/** A range of a buffer, bound as one. */
export interface HeapRange<B> {
  readonly buffer: B
  /** A multiple of the heap's alignment. */
  readonly offset: number
  /** A multiple of its padding. */
  readonly size: number
}

let blocks = 0

/** Memory from a heap. Its content is undefined until written. */
export class HeapBlock<B extends HeapBuffer> {
  /** Unique to this block, even if a later block reuses the memory. */
  readonly number = blocks++
  #release: (() => void) | undefined

  constructor(
    /** One range, or several if the block exceeds a binding. */
    readonly parts: readonly HeapRange<B>[],
    release: () => void,
  ) {
    this.#release = release
  }

  get size(): number {
    return this.parts.reduce((sum, { size }) => sum + size, 0)
  }

  /** Set once the allocation is known to have failed. */
  get error(): TubeletError | undefined {
    return this.parts.find(({ buffer }) => buffer.error)?.buffer.error
  }

  /** Frees the memory; later calls do nothing. Work submitted before may still use it. */
  free(): void {
    this.#release?.()
    this.#release = undefined
  }
}

/** The memory of handles: blocks within a few large buffers. */
export class Heap<B extends HeapBuffer> {
  #chunks: Chunk<B>[] = []
  #refused = false
  readonly #largestChunk: number

  constructor(
    readonly device: HeapDevice<B>,
    readonly limits: HeapLimits,
  ) {
    const { partBytes, largestChunk = 256 * mebibyte } = limits
    this.#largestChunk = Math.min(partBytes, largestChunk)
  }

  /** Bytes of live blocks, including alignment. */
  get bytesInUse(): number {
    return this.#whole().reduce((total, chunk) => total + chunk.bytesInUse, 0)
  }

  /** Allocates `bytes`; `name` appears in errors. */
  allocate(bytes: number, name: string): HeapBlock<B> {
    const { alignment, padding, partBytes } = this.limits
    const size = roundUp(Math.max(bytes, 1), padding)
    this.#refused ||= this.#chunks.some(({ buffer }) => buffer.error)
    this.#chunks = this.#whole()
    const taken: Taken<B>[] = []
    const release = () => {
      for (const { chunk, offset, size } of taken) chunk.give(offset, roundUp(size, alignment))
      this.#prune()
    }
    try {
      for (const part of partsOf(size, partBytes)) taken.push(this.#take(part, name))
    } catch (error) {
      release()
      throw error
    }
    return new HeapBlock(
      taken.map(({ chunk, offset, size }) => ({ buffer: chunk.buffer, offset, size })),
      release,
    )
  }

  #take(size: number, name: string): Taken<B> {
    const room = roundUp(size, this.limits.alignment)
    for (const chunk of this.#chunks) {
      const offset = chunk.take(room)
      if (offset !== undefined) return { chunk, offset, size }
    }
    const chunk = this.#grow(room, name)
    return { chunk, offset: chunk.take(room)!, size }
  }

  /** Chunks that the device granted and has not freed. */
  #whole(): Chunk<B>[] {
    return this.#chunks.filter(({ buffer }) => this.device.has(buffer))
  }

  /** Doubles the heap, up to a limit and as memory allows. A larger block gets its own chunk. */
  #grow(room: number, name: string): Chunk<B> {
    const held = this.#chunks.reduce((total, { buffer }) => total + buffer.bytes, 0)
    const next = Math.min(Math.max(held, smallestChunk), this.#largestChunk)
    // After the device has rejected a chunk, allocate only what is needed.
    const spare = this.#refused ? 0 : this.device.left
    const chunk = new Chunk(this.device.create(next <= spare ? Math.max(room, next) : room, name))
    this.#chunks.push(chunk)
    return chunk
  }

  /**
   * Destroys empty chunks except the smallest, unless that is very large: otherwise temporary
   * results would create and destroy a buffer in every step.
   */
  #prune(): void {
    const empty = this.#chunks.filter((chunk) => chunk.bytesInUse === 0)
    const smallest = empty.reduce((a, b) => (b.buffer.bytes < a.buffer.bytes ? b : a), empty[0])
    for (const chunk of empty) {
      if (chunk === smallest && chunk.buffer.bytes <= this.#largestChunk) continue
      chunk.buffer.destroy()
      this.#chunks.splice(this.#chunks.indexOf(chunk), 1)
    }
  }
}
