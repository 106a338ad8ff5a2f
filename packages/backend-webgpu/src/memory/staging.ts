import type { TubeletError } from "@tubelet/core"
import { partsOf, roundUp } from "@tubelet/core/codegen"
import { refused } from "../device/errors.js"
import type { Block, Range } from "./buffers.js"
import { type Buffers, type DeviceBuffer, mapRead, usage } from "./buffers.js"

const smallest = 1024
/** Larger buffers are not reused. */
const largestKept = 2 ** 20
const mostKept = 8

/** Copies from the device to the host through reusable buffers. */
export class Staging {
  readonly #kept: DeviceBuffer[] = []
  readonly #reading = new Set<Promise<unknown>>()

  constructor(readonly buffers: Buffers) {}

  /** The first `bytes` of a block, as of all work submitted before this call. */
  async read({ parts }: Block, bytes: number): Promise<ArrayBuffer> {
    this.buffers.errors.collect()
    const sizes = partsOf(bytes, parts[0].size)
    const copies = await Promise.all(sizes.map((size, i) => this.#readPart(parts[i], size)))
    return copies.length === 1 ? copies[0] : joined(copies, bytes)
  }

  #readPart(from: Range, bytes: number): Promise<ArrayBuffer> {
    const { errors } = this.buffers
    const size = roundUp(bytes, 4)
    const staging = this.#take(size)
    let error: TubeletError | undefined
    const explain = (cause: GPUError) => {
      error = from.buffer.error ?? staging.error ?? refused(cause)
      return error
    }
    const mapped = errors.observe(() => this.#submit(from, staging, size), explain)
    const copy = this.#copy(mapped, staging, bytes).finally(async () => {
      await errors.settled()
      errors.read(staging.error)
      if (error === undefined) return
      errors.read(error)
      throw error
    })
    this.#reading.add(copy)
    const done = () => this.#reading.delete(copy)
    copy.then(done, done)
    return copy
  }

  /** Waits for all copies, successful or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#reading)
  }

  #submit(from: Range, staging: DeviceBuffer, size: number): Promise<undefined> {
    const { device } = this.buffers.errors
    const encoder = device.createCommandEncoder({ label: "read" })
    encoder.copyBufferToBuffer(from.buffer.gpu, from.offset, staging.gpu, 0, size)
    device.queue.submit([encoder.finish()])
    return staging.gpu.mapAsync(mapRead)
  }

  async #copy(
    mapped: Promise<undefined>,
    staging: DeviceBuffer,
    bytes: number,
  ): Promise<ArrayBuffer> {
    try {
      await mapped
      const copy = staging.gpu.getMappedRange().slice(0, bytes)
      staging.gpu.unmap()
      this.#keep(staging)
      return copy
    } catch (error) {
      staging.destroy()
      throw error
    }
  }

  #take(size: number): DeviceBuffer {
    const i = this.#kept.findIndex(({ bytes }) => bytes >= size)
    if (i >= 0) return this.#kept.splice(i, 1)[0]
    const bytes = size > largestKept ? size : Math.max(smallest, 2 ** Math.ceil(Math.log2(size)))
    const mode = usage.mapRead | usage.copyTarget
    return this.buffers.create({
      label: "staging",
      bytes,
      usage: mode,
      purpose: "a copy to the host",
    })
  }

  #keep(staging: DeviceBuffer): void {
    if (staging.bytes > largestKept || this.#kept.length >= mostKept) staging.destroy()
    else this.#kept.push(staging)
  }
}

function joined(parts: readonly ArrayBuffer[], bytes: number): ArrayBuffer {
  const whole = new Uint8Array(bytes)
  let start = 0
  for (const part of parts) {
    whole.set(new Uint8Array(part), start)
    start += part.byteLength
  }
  return whole.buffer
}
