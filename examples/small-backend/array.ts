import {
  type Backend,
  type DeviceArray,
  type DType,
  formatSpec,
  type HostArray,
  type Shape,
  type Spec,
  TubeletError,
} from "@tubelet/core"

/** A handle: a tensor with data. A run that overwrites it may give it other memory. */
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
    throw new TubeletError(
      `a handle of ${formatSpec(this)} was disposed and cannot be used`,
      "dispose of a handle after its last use",
    )
  }

  set elements(elements: HostArray) {
    this.#elements = elements
  }

  async data(): Promise<HostArray> {
    return this.elements.slice()
  }

  async item(): Promise<number> {
    const { elements } = this
    if (elements.length === 1) return elements[0]!
    throw new TubeletError(`item: ${formatSpec(this)} is no scalar`, "read data() instead")
  }

  dispose(): void {
    if (this.#elements) this.onDispose()
    this.#elements = undefined
  }
}
