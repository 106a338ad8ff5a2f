import { FreeList, TubeletError } from "@tubelet/core"

/** WebAssembly's unit of growth. */
const pageBytes = 65536
/** The reach of 32-bit addresses. */
const largestMemory = 65536 * pageBytes
const smallestMemory = 16 * pageBytes
/** A cache line, and also the widest vector. */
const alignment = 64
/** What each memory reserves for kernels: their sums, and chunks of operands stored elsewhere. */
const scratchBytes = 5 * 65536

type ViewClass<T> = new (buffer: ArrayBuffer, byteOffset: number, length: number) => T

const roundUp = (bytes: number, unit: number): number => Math.ceil(bytes / unit) * unit

/** One WebAssembly memory and its free bytes. Created by an arena. */
export class Memory {
  readonly #wasm: WebAssembly.Memory
  readonly #free = new FreeList()
  readonly #maximum: number
  /** The kernels' bytes, reserved first: even a full memory must be able to run one. */
  readonly scratch: Block

  /** `maximum` is in bytes, a multiple of the page size; memory is allocated on demand. */
  constructor(maximum: number, shared: boolean) {
    this.#maximum = maximum
    this.#wasm = new WebAssembly.Memory({ initial: 0, maximum: maximum / pageBytes, shared })
    const scratch = this.allocate(scratchBytes, true)
    if (scratch === undefined) throw outOfMemory(scratchBytes)
    this.scratch = scratch
  }

  /** The memory that kernels import. */
  get wasm(): WebAssembly.Memory {
    return this.#wasm
  }

  /** The current buffer. Growing replaces it and detaches views of the old one. */
  get buffer(): ArrayBuffer {
    return this.#wasm.buffer as ArrayBuffer
  }

  get bytesReserved(): number {
    return this.buffer.byteLength
  }

  get bytesInUse(): number {
    return this.bytesReserved - this.#free.bytes
  }

  /** A block that fits without growing or, if `grow` is set, with it. */
  allocate(bytes: number, grow: boolean): Block | undefined {
    const needed = Math.max(alignment, roundUp(bytes, alignment))
    const offset = this.#free.take(needed)
    if (offset !== undefined) {
      return new Block(this, offset, bytes, () => this.#free.give({ offset, bytes: needed }))
    }
    return grow && this.#grow(needed) ? this.allocate(bytes, false) : undefined
  }

  /**
   * Grows until `needed` bytes are free at the end, and by at least an eighth: growing detaches
   * views.
   */
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

/** Memory from an arena, aligned to 64 bytes. Its content is undefined until written. */
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

  /** The elements as a `View`, valid until the arena next allocates. */
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

  /** `view` as f32, the type kernels compute in. */
  f32(): Float32Array {
    return this.view(Float32Array)
  }

  /** Frees the memory; later calls do nothing. */
  free(): void {
    this.#release?.()
    this.#release = undefined
  }
}

/**
 * Blocks from as many WebAssembly memories as needed: each holds at most 4 GiB, and large presets
 * need more.
 */
export class Arena {
  readonly #memories: Memory[] = []
  readonly #memoryBytes: number
  /** Whether threads may share its memories. */
  readonly shared: boolean

  /** `memoryBytes` limits each memory: a multiple of 64 KiB, from 1 MiB to 4 GiB. */
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
        `pass a multiple of ${pageBytes} from ${smallestMemory} to ${largestMemory}`,
      )
    }
    this.#memoryBytes = memoryBytes
    this.shared = shared
  }

  get memories(): readonly Memory[] {
    return this.#memories
  }

  /** Bytes of live blocks including alignment, and of the kernels' scratch space. */
  get bytesInUse(): number {
    return this.#memories.reduce((total, memory) => total + memory.bytesInUse, 0)
  }

  /** Bytes the memories have grown to; they never shrink. */
  get bytesReserved(): number {
    return this.#memories.reduce((total, memory) => total + memory.bytesReserved, 0)
  }

  /** Allocates `bytes` in any memory. May grow one, which detaches the views of its blocks. */
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

  /** Any memory, for a kernel whose operands are all stored elsewhere. */
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
    `out of memory: cannot allocate a block of ${bytes} bytes`,
    "use a smaller model or batch size; a block can be slightly less than 4 GiB",
  )
