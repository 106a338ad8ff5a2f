import { partsOf, roundUp } from "../../bytes.js"
import type { TubeletError } from "../../errors.js"
import { FreeList } from "../../free-list.js"

const mebibyte = 2 ** 20
const smallestChunk = 4 * mebibyte

/** A buffer of a device, as a heap sees it. */
export interface HeapBuffer {
  readonly bytes: number
  /** Why the device has no room for it, once that is known. */
  readonly error: TubeletError | undefined
  destroy(): void
}

/** Where a heap gets its buffers. */
export interface HeapDevice<B extends HeapBuffer> {
  /** `purpose` is for an error that there is no room. */
  create(bytes: number, purpose: string): B
  /** Whether a buffer was neither refused nor destroyed. */
  has(buffer: B): boolean
  /** Bytes that may still be taken, as far as that is known. */
  readonly left: number
}

export interface HeapLimits {
  /** The most bytes of a binding: also of a chunk, as kernels may bind it as a whole. */
  readonly partBytes: number
  /** Where a block may begin. */
  readonly alignment: number
  /** A block's size is a multiple of it. */
  readonly padding: number
  /** Larger chunks save nothing, and are harder to get. */
  readonly largestChunk?: number
}

/** One buffer and the free bytes in it. */
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

/** Bytes of a chunk. */
interface Taken<B extends HeapBuffer> {
  readonly chunk: Chunk<B>
  readonly offset: number
  readonly size: number
}

/** Bytes of a buffer that a kernel is given in one binding. */
export interface HeapRange<B> {
  readonly buffer: B
  /** A multiple of the heap's alignment. */
  readonly offset: number
  /** A multiple of its padding. */
  readonly size: number
}

let blocks = 0

/** Bytes of a heap. Their content is undefined until written. */
export class HeapBlock<B extends HeapBuffer> {
  /** No other block has it, also no later one in the same place. */
  readonly number = blocks++
  #release: (() => void) | undefined

  constructor(
    /** One, unless the bytes are more than a binding takes. */
    readonly parts: readonly HeapRange<B>[],
    release: () => void,
  ) {
    this.#release = release
  }

  get size(): number {
    return this.parts.reduce((sum, { size }) => sum + size, 0)
  }

  /** Why the device has no room for it. */
  get error(): TubeletError | undefined {
    return this.parts.find(({ buffer }) => buffer.error)?.buffer.error
  }

  /** Gives the bytes back; once is enough. Work that was submitted before still finds them. */
  free(): void {
    this.#release?.()
    this.#release = undefined
  }
}

/** Where handles lie: blocks of a few large buffers, as many as it takes. */
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

  /** Bytes of live blocks with what their alignment costs. */
  get bytesInUse(): number {
    return this.#whole().reduce((total, chunk) => total + chunk.bytesInUse, 0)
  }

  /** `bytes` for what errors call `name`. */
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

  /** Chunks that the device had room for, and has still. */
  #whole(): Chunk<B>[] {
    return this.#chunks.filter(({ buffer }) => this.device.has(buffer))
  }

  /**
   * Doubles what there is, within reason and where there is room; what is larger than that gets a
   * chunk of its own.
   */
  #grow(room: number, name: string): Chunk<B> {
    const held = this.#chunks.reduce((total, { buffer }) => total + buffer.bytes, 0)
    const next = Math.min(Math.max(held, smallestChunk), this.#largestChunk)
    // Once the device has refused a chunk, blocks get what they need and no more.
    const spare = this.#refused ? 0 : this.device.left
    const chunk = new Chunk(this.device.create(next <= spare ? Math.max(room, next) : room, name))
    this.#chunks.push(chunk)
    return chunk
  }

  /**
   * Destroys empty chunks. One is kept, the smallest and no giant, so that a step's results that
   * come and go do not make and destroy a buffer each time.
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
