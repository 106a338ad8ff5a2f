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

/** Where elements lie: state in a WebAssembly memory, results in arrays of their own. */
export type Storage = Block | HostArray

/** The elements, to be used before the arena next allocates. */
export const elementsOf = (storage: Storage, dtype: DType): HostArray =>
  storage instanceof Block ? storage.view<HostArray>(hostArrayClass(dtype)) : storage

/** Frees the blocks of handles that have been garbage-collected. */
const forgotten = new FinalizationRegistry<Block>((block) => block.free())

/**
 * A handle. Its content is touched only by work in the queue, so it is always that of the
 * moment when the work was enqueued.
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

  /** For queued work: what earlier work left here. */
  get storage(): Storage {
    if (this.#error !== undefined) throw this.#error
    return this.#storage!
  }

  /** For queued work: the elements now lie there. */
  set storage(storage: Storage) {
    this.#storage = storage
    if (storage instanceof Block) forgotten.register(this, storage, this)
  }

  /** For queued work: what should have come here did not. */
  fail(error: unknown): void {
    this.#error = error
  }

  /** Throws when the handle was disposed. */
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
