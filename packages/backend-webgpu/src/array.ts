import {
  bytesOf,
  type DeviceArray,
  type DType,
  disposedHandle,
  formatSpec,
  type HostArray,
  hostArrayClass,
  itemOf,
  requireFilled,
  type Shape,
  type Spec,
  TubeletError,
} from "@tubelet/core"
import { refused } from "./device/errors.js"
import type { Gpu } from "./gpu.js"
import type { Block } from "./memory/buffers.js"
import { write } from "./memory/write.js"

/** Frees the blocks of handles that have been garbage-collected. */
const forgotten = new FinalizationRegistry<Block>((block) => block.free())

/** A handle. It keeps its block for life, whatever is written there. */
export class WebGpuArray implements DeviceArray {
  readonly dtype: DType
  readonly shape: Shape
  readonly #block: Block
  #error: unknown
  #disposed = false

  constructor(
    readonly backend: Gpu,
    { dtype, shape }: Spec,
    block: Block,
  ) {
    this.dtype = dtype
    this.shape = shape
    this.#block = block
    forgotten.register(this, block, this)
  }

  /** The memory of the elements; throws if the handle was disposed. */
  get block(): Block {
    this.requireLive()
    return this.#block
  }

  /** The error of the work that should have filled the handle. */
  get error(): unknown {
    return this.#block.error ?? this.#error
  }

  /** Marks the content as lost: the work that should have produced it failed. */
  fail(error: unknown): void {
    this.#error = error
  }

  /** Throws if the handle was disposed or the device lost. */
  requireLive(): void {
    this.backend.requireLive()
    if (this.#disposed) throw disposedHandle(this)
  }

  async data(): Promise<HostArray> {
    this.requireLive()
    this.#throwOwn()
    const { errors, staging } = this.backend
    const copy = staging.read(this.#block, bytesOf(this))
    const bytes = await copy.catch(async (error) => {
      this.#throwOwn()
      throw error instanceof TubeletError ? error : await errors.reasonOf(error)
    })
    this.#throwOwn()
    await errors.surface()
    return new (hostArrayClass(this.dtype))(bytes)
  }

  item(): Promise<number> {
    return itemOf(this)
  }

  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    forgotten.unregister(this)
    this.#block.free()
  }

  #throwOwn(): void {
    const { error } = this
    if (error === undefined) return
    this.backend.errors.read(error)
    throw error
  }
}

/** A handle whose content is yet to be written. */
export function allocate(gpu: Gpu, spec: Spec): WebGpuArray {
  gpu.requireLive()
  return new WebGpuArray(gpu, spec, gpu.heap.allocate(bytesOf(spec), formatSpec(spec)))
}

/** A handle with the content of a host array. */
export function upload(gpu: Gpu, data: HostArray, spec: Spec): WebGpuArray {
  gpu.requireLive()
  requireFilled(data, spec)
  const Elements = hostArrayClass(spec.dtype)
  const elements = data instanceof Elements ? data : new Elements(data)
  const array = allocate(gpu, spec)
  const { block } = array
  gpu.errors.observe(
    () => write(gpu.gpu.queue, block, elements),
    (error) => block.error ?? refused(error),
  )
  return array
}
