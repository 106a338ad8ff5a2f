import {
  type Backend,
  type DeviceArray,
  type DType,
  disposedHandle,
  type HostArray,
  hostArrayClass,
  itemOf,
  type Shape,
  type Spec,
} from "@tubelet/core"
import type { Queue } from "./queue.js"
import { Block } from "./wasm/index.js"

/** The storage of elements: state in WebAssembly memory, results in separate arrays. */
export type Storage = Block | HostArray

/** The elements, valid until the arena next allocates. */
export const elementsOf = (storage: Storage, dtype: DType): HostArray =>
  storage instanceof Block ? storage.view<HostArray>(hostArrayClass(dtype)) : storage

/** Frees the blocks of handles that have been garbage-collected. */
const forgotten = new FinalizationRegistry<Block>((block) => block.free())

/**
 * A handle. Only queued work accesses its content, so work sees it as of the time it was enqueued.
 */
export class CpuArray implements DeviceArray {
  readonly dtype: DType
  readonly shape: Shape
  #storage: Storage | undefined
  #error: unknown
  #disposed = false

  constructor(
    readonly backend: Backend,
    readonly queue: Queue,
    { dtype, shape }: Spec,
  ) {
    this.dtype = dtype
    this.shape = shape
  }

  /** For queued work: the content that earlier work left. */
  get storage(): Storage {
    if (this.#error !== undefined) throw this.#error
    return this.#storage!
  }

  /** For queued work: sets where the elements are now. */
  set storage(storage: Storage) {
    this.#storage = storage
    if (storage instanceof Block) forgotten.register(this, storage, this)
  }

  /**
   * For queued work: marks the content as lost, because the work that should have produced it
   * failed.
   */
  fail(error: unknown): void {
    this.#error = error
  }

  /** Throws if the handle was disposed. */
  requireLive(): void {
    if (this.#disposed) throw disposedHandle(this)
  }

  async data(): Promise<HostArray> {
    this.requireLive()
    try {
      return await this.queue.add(() => elementsOf(this.storage, this.dtype).slice())
    } catch (error) {
      this.queue.errors.read(error)
      throw error
    }
  }

  item(): Promise<number> {
    return itemOf(this)
  }

  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    if (this.queue.idle) this.#free()
    else void this.queue.add(() => this.#free())
  }

  #free(): void {
    forgotten.unregister(this)
    if (this.#storage instanceof Block) this.#storage.free()
    this.#storage = undefined
  }
}
