import { TubeletError } from "@tubelet/core"
import { type HeapBlock, type HeapDevice, type HeapRange, mebibytes } from "@tubelet/core/codegen"
import type { DeviceErrors } from "../device/errors.js"

/** WebGPU's constants, which are not globals in Node. */
export const usage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  storage: 0x80,
  queryResolve: 0x200,
  /** For kernels and copies. */
  memory: 0x8c,
} as const

/** The read mode of a mapping. */
export const mapRead = 0x1

export interface BufferWish {
  /** For the device's messages. */
  readonly label: string
  readonly bytes: number
  readonly usage: number
  /** The purpose, for out-of-memory errors. Default: the label. */
  readonly purpose?: string
}

/** The memory of handles. */
export type Block = HeapBlock<DeviceBuffer>
export type Range = HeapRange<DeviceBuffer>

/** All buffers of a device, with their total size. */
export class Buffers {
  readonly #alive = new Set<DeviceBuffer>()
  #promised = 0

  constructor(
    readonly errors: DeviceErrors,
    /** The limit for all buffers, in bytes. */
    readonly memoryBytes = Number.POSITIVE_INFINITY,
  ) {}

  /** Whether the buffer exists: neither rejected nor destroyed. */
  has(buffer: DeviceBuffer): boolean {
    return this.#alive.has(buffer)
  }

  get count(): number {
    return this.#alive.size
  }

  get bytes(): number {
    let bytes = 0
    for (const buffer of this.#alive) bytes += buffer.bytes
    return bytes
  }

  /** Bytes still available. */
  get left(): number {
    return this.memoryBytes - this.bytes - this.#promised
  }

  /** Throws if `bytes` more would exceed the limit. */
  requireRoom(bytes: number, purpose: string): void {
    if (bytes <= this.left) return
    const kept =
      this.#promised > 0 ? `${mebibytes(this.#promised)} of it reserved for weights; ` : ""
    const most = `${kept}limit ${mebibytes(this.memoryBytes)}`
    throw outOfMemory(purpose, bytes, this.bytes + this.#promised, most)
  }

  /** Reserves bytes, without allocating them, until released. */
  promise(bytes: number, purpose: string): { release(): void } {
    this.requireRoom(bytes, purpose)
    this.#promised += bytes
    const release = () => {
      this.#promised -= bytes
    }
    return { release }
  }

  /**
   * Creates a buffer without waiting. If the device runs out of memory, its `error` is set later.
   *
   * @throws TubeletError if it would exceed the limit for all buffers.
   */
  create({ label, bytes, usage, purpose = label }: BufferWish): DeviceBuffer {
    const { errors } = this
    this.requireRoom(bytes, purpose)
    let buffer: DeviceBuffer | undefined
    const create = () => errors.device.createBuffer({ label, size: bytes, usage })
    const gpu = errors.observe(create, ({ message }) => {
      buffer!.destroy()
      buffer!.error = outOfMemory(purpose, bytes, this.bytes, message)
      return buffer!.error
    })
    buffer = new DeviceBuffer(gpu, bytes, (gone) => this.#alive.delete(gone))
    this.#alive.add(buffer)
    return buffer
  }

  destroy(): void {
    for (const buffer of this.#alive) buffer.destroy()
  }
}

export class DeviceBuffer {
  /** Set once the device has rejected it. */
  error: TubeletError | undefined

  constructor(
    readonly gpu: GPUBuffer,
    readonly bytes: number,
    readonly gone: (buffer: DeviceBuffer) => void,
  ) {}

  /** Frees the buffer once submitted work is done; later calls do nothing. */
  destroy(): void {
    this.gpu.destroy()
    this.gone(this)
  }
}

const outOfMemory = (purpose: string, bytes: number, held: number, message: string) =>
  new TubeletError(
    `out of GPU memory for ${purpose}: requested ${mebibytes(bytes)}, ` +
      `in use ${mebibytes(held)} (${message.split("\n")[0]})`,
    "use a smaller batch size, fewer frames or a smaller model, or close other programs on the GPU",
  )

/** A device's buffers, for a heap. */
export const heapBuffers = (buffers: Buffers): HeapDevice<DeviceBuffer> => ({
  create: (bytes, purpose) =>
    buffers.create({ label: "heap", bytes, usage: usage.memory, purpose }),
  has: (buffer) => buffers.has(buffer),
  get left() {
    return buffers.left
  },
})
