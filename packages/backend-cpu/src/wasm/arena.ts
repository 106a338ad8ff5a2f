import { FreeList, TubeletError } from "@tubelet/core"

/** WebAssembly's unit of growth. */
const pageBytes = 65536
/** All that 32-bit addresses reach. */
const largestMemory = 65536 * pageBytes
const smallestMemory = 16 * pageBytes
/** A cache line, which is also the widest vector. */
const alignment = 64
/** What each memory keeps for kernels: their sums, and chunks of operands that live elsewhere. */
const scratchBytes = 5 * 65536

type ViewClass<T> = new (buffer: ArrayBuffer, byteOffset: number, length: number) => T

const roundUp = (bytes: number, unit: number): number => Math.ceil(bytes / unit) * unit

/** One WebAssembly memory and the free bytes in it. Made by an arena. */
export class Memory {
  readonly #wasm: WebAssembly.Memory
  readonly #free = new FreeList()
  readonly #maximum: number
  /** Kernels' own bytes, taken first: a full memory must still be able to run one. */
  readonly scratch: Block

  /** `maximum` in bytes, a multiple of the page size; nothing is taken before it is asked for. */
  constructor(maximum: number, shared: boolean) {
    this.#maximum = maximum
    this.#wasm = new WebAssembly.Memory({ initial: 0, maximum: maximum / pageBytes, shared })
    const scratch = this.allocate(scratchBytes, true)
    if (scratch === undefined) throw outOfMemory(scratchBytes)
    this.scratch = scratch
  }

  /** What a kernel imports. */
  get wasm(): WebAssembly.Memory {
    return this.#wasm
  }

  /** The bytes now: another object after each growth, when views of the former are detached. */
  get buffer(): ArrayBuffer {
    return this.#wasm.buffer as ArrayBuffer
  }

  get bytesReserved(): number {
    return this.buffer.byteLength
  }

  get bytesInUse(): number {
    return this.bytesReserved - this.#free.bytes
  }

  /** A block that fits without growing or, when `grow` is set, with it. */
  allocate(bytes: number, grow: boolean): Block | undefined {
    const needed = Math.max(alignment, roundUp(bytes, alignment))
    const offset = this.#free.take(needed)
    if (offset !== undefined) {
      return new Block(this, offset, bytes, () => this.#free.give({ offset, bytes: needed }))
    }
    return grow && this.#grow(needed) ? this.allocate(bytes, false) : undefined
  }

  /** Grows until `needed` bytes are free at the end; by an eighth at least, as growing detaches. */
  #grow(needed: number): boolean {
    const size = this.bytesReserved
    const missing = roundUp(needed - this.#free.bytesBefore(size), pageBytes)
    if (size + missing > this.#maximum) return false
    const wanted = Math.max(missing, roundUp(size / 8, pageBytes))
    const growth = Math.min(wanted, this.#maximum - size)
    try {
      this.#wasm.grow(growth / pageBytes)
    } catch {
      return false
    }
    this.#free.give({ offset: size, bytes: growth })
    return true
  }
}

/** Bytes of an arena, aligned to 64. Their content is undefined until written. */
export class Block {
  #release: (() => void) | undefined

  constructor(
    readonly memory: Memory,
    readonly offset: number,
    readonly byteLength: number,
    release: () => void,
  ) {
    this.#release = release
  }

  /** The elements as `View` sees them, valid until the arena next allocates. */
  view<T>(View: ViewClass<T> & { readonly BYTES_PER_ELEMENT: number }): T {
    if (this.#release === undefined) {
      throw new TubeletError("this block of memory was freed", "do not use it afterwards")
    }
    return new View(
      this.memory.buffer,
      this.offset,
      Math.floor(this.byteLength / View.BYTES_PER_ELEMENT),
    )
  }

  /** `view` as f32, what kernels compute in. */
  f32(): Float32Array {
    return this.view(Float32Array)
  }

  /** Gives the bytes back; once is enough. */
  free(): void {
    this.#release?.()
    this.#release = undefined
  }
}

/**
 * Blocks of as many WebAssembly memories as it takes: each holds 4 GiB at most, and large presets
 * need more than one.
 */
export class Arena {
  readonly #memories: Memory[] = []
  readonly #memoryBytes: number
  /** Whether several threads may use its memories. */
  readonly shared: boolean

  /**
   * `memoryBytes` limits each memory: a multiple of 64 KiB, 1 MiB at least, 4 GiB at most.
   */
  constructor({
    memoryBytes = largestMemory,
    shared = false,
  }: {
    memoryBytes?: number
    shared?: boolean
  } = {}) {
    const inRange = memoryBytes >= smallestMemory && memoryBytes <= largestMemory
    if (!inRange || memoryBytes % pageBytes !== 0) {
      throw new TubeletError(
        `a WebAssembly memory cannot have ${memoryBytes} bytes`,
        `give a multiple of ${pageBytes} from ${smallestMemory} to ${largestMemory}`,
      )
    }
    this.#memoryBytes = memoryBytes
    this.shared = shared
  }

  get memories(): readonly Memory[] {
    return this.#memories
  }

  /** Bytes of live blocks with what their alignment costs, and of the kernels' scratch. */
  get bytesInUse(): number {
    return this.#memories.reduce((total, memory) => total + memory.bytesInUse, 0)
  }

  /** Bytes the memories have grown to; they never shrink. */
  get bytesReserved(): number {
    return this.#memories.reduce((total, memory) => total + memory.bytesReserved, 0)
  }

  /** `bytes` from wherever they fit. May grow a memory, which detaches the views of its blocks. */
  allocate(bytes: number): Block {
    for (const grow of [false, true]) {
      for (const memory of this.#memories) {
        const block = memory.allocate(bytes, grow)
        if (block) return block
      }
    }
    const memory = this.#newMemory()
    const block = memory.allocate(bytes, true)
    if (block === undefined) throw outOfMemory(bytes)
    this.#memories.push(memory)
    return block
  }

  /** Any memory, for a kernel whose operands all live elsewhere. */
  anyMemory(): Memory {
    if (this.#memories.length === 0) this.#memories.push(this.#newMemory())
    return this.#memories[0]
  }

  #newMemory(): Memory {
    return new Memory(this.#memoryBytes, this.shared)
  }
}

const outOfMemory = (bytes: number): TubeletError =>
  new TubeletError(
    `no memory for a block of ${bytes} bytes`,
    "choose a smaller model or batch; a block may have a little less than 4 GiB",
  )
