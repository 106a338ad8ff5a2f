import { TubeletError } from "@tubelet/core"
import { type HeapBlock, type HeapDevice, type HeapRange, mebibytes } from "@tubelet/core/codegen"
import type { DeviceErrors } from "../device/errors.js"

/** WebGPU's constants, which Node does not have as globals. */
export const usage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  storage: 0x80,
  queryResolve: 0x200,
  /** What kernels read and write, and copies, too. */
  memory: 0x8c,
} as const

/** The mode of a mapping that is read. */
export const mapRead = 0x1

export interface BufferWish {
  /** For the device's own messages. */
  readonly label: string
  readonly bytes: number
  readonly usage: number
  /** What it is for, in an error that there is no room. Default: the label. */
  readonly purpose?: string
}

/** Where handles lie. */
export type Block = HeapBlock<DeviceBuffer>
export type Range = HeapRange<DeviceBuffer>

/** All buffers of a device, counted. */
export class Buffers {
  readonly #alive = new Set<DeviceBuffer>()
  #promised = 0

  constructor(
    readonly errors: DeviceErrors,
    /** What they may take in all. */
    readonly memoryBytes = Number.POSITIVE_INFINITY,
  ) {}

  /** Whether a buffer was neither refused nor destroyed. */
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

  /** What may still be taken. */
  get left(): number {
    return this.memoryBytes - this.bytes - this.#promised
  }

  /** Throws where so many bytes more would be more than all may take. */
  requireRoom(bytes: number, purpose: string): void {
    if (bytes <= this.left) return
    const kept = this.#promised > 0 ? `${mebibytes(this.#promised)} of them for weights; ` : ""
    const most = `${kept}${mebibytes(this.memoryBytes)} may be taken in all`
    throw outOfMemory(purpose, bytes, this.bytes + this.#promised, most)
  }

  /** Keeps room for so many bytes, without taking them, until it is released. */
  promise(bytes: number, purpose: string): { release(): void } {
    this.requireRoom(bytes, purpose)
    this.#promised += bytes
    const release = () => {
      this.#promised -= bytes
    }
    return { release }
  }

  /**
   * A buffer at once. That the device has no room turns out later: then it has an `error`.
   *
   * @throws TubeletError where it would be more than all may take.
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
  /** Set once the device has refused it. */
  error: TubeletError | undefined

  constructor(
    readonly gpu: GPUBuffer,
    readonly bytes: number,
    readonly gone: (buffer: DeviceBuffer) => void,
  ) {}

  /** Frees its bytes once submitted work is done; once is enough. */
  destroy(): void {
    this.gpu.destroy()
    this.gone(this)
  }
}

const outOfMemory = (purpose: string, bytes: number, held: number, message: string) =>
  new TubeletError(
    `the GPU has no room for ${purpose}: ${mebibytes(bytes)} were wanted, ` +
      `${mebibytes(held)} are held (${message.split("\n")[0]})`,
    "turn down the batch, the frames or the model, or end what else uses the GPU",
  )

/** What a heap sees of a device's buffers. */
export const heapBuffers = (buffers: Buffers): HeapDevice<DeviceBuffer> => ({
  create: (bytes, purpose) =>
    buffers.create({ label: "heap", bytes, usage: usage.memory, purpose }),
  has: (buffer) => buffers.has(buffer),
  get left() {
    return buffers.left
  },
})
