import {
  type Backend,
  type DeviceArray,
  type DType,
  disposedHandle,
  type HostArray,
  itemOf,
  type Shape,
  type Spec,
} from "@tubelet/core"

/** A handle: a tensor with data. A run that updates it may replace its memory. */
export class SmallArray implements DeviceArray {
  readonly dtype: DType
  readonly shape: Shape
  #elements: HostArray | undefined

  constructor(
    readonly backend: Backend,
    { dtype, shape }: Spec,
    elements: HostArray,
    readonly onDispose: () => void,
  ) {
    this.dtype = dtype
    this.shape = shape
    this.#elements = elements
  }

  get elements(): HostArray {
    if (this.#elements) return this.#elements
    throw disposedHandle(this)
  }

  set elements(elements: HostArray) {
    this.#elements = elements
  }

  async data(): Promise<HostArray> {
    return this.elements.slice()
  }

  item(): Promise<number> {
    return itemOf(this)
  }

  dispose(): void {
    if (this.#elements) this.onDispose()
    this.#elements = undefined
  }
}
