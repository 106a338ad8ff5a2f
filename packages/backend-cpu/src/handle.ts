import {
  type Backend,
  type DeviceArray,
  type DType,
  formatSpec,
  type HostArray,
  hostArrayClass,
  type Shape,
  type Spec,
  sizeOf,
  TubeletError,
  toNumbers,
} from "@tubelet/core"
import { Block } from "./wasm/index.js"

/** Where a handle's elements stand: WebAssembly memory for state, the host for results. */
export type Storage = Block | HostArray

/** The elements of a storage now; a view of memory is good until the arena next grows. */
export const elementsOf = (storage: Storage, dtype: DType): HostArray =>
  storage instanceof Block ? storage.view<HostArray>(hostArrayClass(dtype)) : storage

/** A tensor of the CPU backend. Its storage may still be written to by work that is enqueued. */
export class CpuArray implements DeviceArray {
  readonly dtype: DType
  readonly shape: Shape
  #storage: Storage | undefined
  #ready: Promise<unknown> = Promise.resolve()

  constructor(
    readonly backend: Backend,
    spec: Spec,
    storage: Storage,
    private readonly onRead: (error: unknown) => void,
  ) {
    this.dtype = spec.dtype
    this.shape = spec.shape
    this.#storage = storage
  }

  get storage(): Storage {
    if (this.#storage !== undefined) return this.#storage
    throw new TubeletError(
      `a handle of ${formatSpec(this)} was disposed and cannot be used`,
      "dispose of a handle after its last use",
    )
  }

  /** Says that the content is that of a run which ends with `done`. */
  writtenBy(done: Promise<unknown>): void {
    this.#ready = done
  }

  async data(): Promise<HostArray> {
    await this.#ready.catch((error: unknown) => {
      this.onRead(error)
      throw error
    })
    return elementsOf(this.storage, this.dtype).slice(0, sizeOf(this.shape))
  }

  async item(): Promise<number> {
    if (sizeOf(this.shape) === 1) return toNumbers(await this.data(), this.dtype)[0]!
    throw new TubeletError(`item: ${formatSpec(this)} is no scalar`, "read data() instead")
  }

  dispose(): void {
    if (this.#storage instanceof Block) this.#storage.free()
    this.#storage = undefined
  }
}
