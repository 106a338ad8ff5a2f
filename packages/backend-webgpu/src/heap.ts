import { FreeList } from "@tubelet/core"
import { type Buffers, type DeviceBuffer, usage } from "./buffers.js"
import { alignment, bindable, padding, requireBindable, roundUp } from "./room.js"

const mebibyte = 2 ** 20
const smallestChunk = 4 * mebibyte

/** One buffer and the free bytes in it. */
class Chunk {
  readonly #free = new FreeList()
  bytesInUse = 0

  constructor(readonly buffer: DeviceBuffer) {
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

let blocks = 0

/** Bytes of a heap. Their content is undefined until written. */
export class Block {
  /** No other block has it, also no later one in the same place. */
  readonly number = blocks++
  #release: (() => void) | undefined

  constructor(
    readonly buffer: DeviceBuffer,
    /** A multiple of 256. */
    readonly offset: number,
    /** A multiple of 16. */
    readonly size: number,
    release: () => void,
  ) {
    this.#release = release
  }

  /** Gives the bytes back; once is enough. Work that was submitted before still finds them. */
  free(): void {
    this.#release?.()
    this.#release = undefined
  }
}

/** Where handles lie: blocks of a few large buffers, as many as it takes. */
export class Heap {
  #chunks: Chunk[] = []

  constructor(
    readonly buffers: Buffers,
    /**
     * Larger chunks save nothing, and are harder to get. None is larger than a binding, either:
     * kernels may bind it as a whole.
     */
    readonly largestChunk = 256 * mebibyte,
  ) {}

  /** Bytes of live blocks with what their alignment costs. */
  get bytesInUse(): number {
    return this.#whole().reduce((total, chunk) => total + chunk.bytesInUse, 0)
  }

  /** `bytes` for what errors call `name`. */
  allocate(bytes: number, name: string): Block {
    const size = roundUp(Math.max(bytes, 1), padding)
    requireBindable(name, size, bindable(this.#limits))
    const room = roundUp(size, alignment)
    this.#chunks = this.#whole()
    for (const chunk of this.#chunks) {
      const offset = chunk.take(room)
      if (offset !== undefined) return this.#block(chunk, offset, size, room)
    }
    const chunk = this.#grow(room, name)
    return this.#block(chunk, chunk.take(room)!, size, room)
  }

  #block(chunk: Chunk, offset: number, size: number, room: number): Block {
    return new Block(chunk.buffer, offset, size, () => {
      chunk.give(offset, room)
      this.#prune()
    })
  }

  /** Chunks that the device had room for. */
  #whole(): Chunk[] {
    return this.#chunks.filter(({ buffer }) => buffer.error === undefined)
  }

  /** Doubles what there is, within reason; what is larger than that gets a chunk of its own. */
  #grow(room: number, name: string): Chunk {
    const held = this.#chunks.reduce((total, { buffer }) => total + buffer.bytes, 0)
    const most = Math.min(this.largestChunk, bindable(this.#limits))
    const next = Math.min(Math.max(held, smallestChunk), most)
    const buffer = this.buffers.create({
      label: "heap",
      bytes: Math.max(room, next),
      usage: usage.storage | usage.copySource | usage.copyTarget,
      purpose: name,
    })
    const chunk = new Chunk(buffer)
    this.#chunks.push(chunk)
    return chunk
  }

  /**
   * Destroys empty chunks. One is kept, the smallest and no giant, so that a step's results that
   * come and go do not make and destroy a buffer each time.
   */
  #prune(): void {
    const empty = this.#chunks.filter((chunk) => chunk.bytesInUse === 0)
    const smallest = empty.reduce((a, b) => (b.buffer.bytes < a.buffer.bytes ? b : a), empty[0]!)
    for (const chunk of empty) {
      if (chunk === smallest && chunk.buffer.bytes <= this.largestChunk) continue
      chunk.buffer.destroy()
      this.#chunks.splice(this.#chunks.indexOf(chunk), 1)
    }
  }

  get #limits(): GPUSupportedLimits {
    return this.buffers.faults.device.limits
  }
}
