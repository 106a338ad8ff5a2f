import { formatSpec, type HostArray, type Spec, sizeOf, TubeletError } from "@tubelet/core"
import type { OnnxGraph } from "./model.js"

/** The limit for weights in one file: protobuf's 2 GiB, minus some space for everything else. */
export const largestFile = 2 ** 31 - 2 ** 26

/** Smaller tensors stay in the file: readers inspect some small values on loading. */
const smallBytes = 1024

/** Tensors begin at page boundaries, for readers that map the file into memory. */
const alignment = 4096

/** Inputs whose values are stored, in the file or a second one. */
export class StoredInputs {
  /** The second file's content, in order. */
  readonly data: Uint8Array[] = []
  #inside = 0
  #offset = 0

  constructor(
    readonly graph: OnnxGraph,
    /** The name of the second file. */
    readonly external: string | undefined,
  ) {}

  /** Stores an input's values and returns its name. */
  add(name: string, values: HostArray, spec: Spec): string {
    if (values.length !== sizeOf(spec.shape)) {
      throw new TubeletError(
        `${name} has ${values.length} elements, but the graph expects ${formatSpec(spec)}`,
        "pass weights of the same model",
      )
    }
    const { buffer, byteOffset, byteLength } = values
    if (this.external !== undefined && byteLength > smallBytes) {
      const bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
      return this.#outside(name, bytes, spec, this.external)
    }
    this.#inside += byteLength
    if (this.#inside > largestFile) {
      throw new TubeletError(
        "these weights exceed the 2 GiB limit of an ONNX file",
        "name a second file for them with `external`",
      )
    }
    return this.graph.constant(values, spec.shape, { name, type: spec.dtype })
  }

  #outside(name: string, bytes: Uint8Array, { dtype, shape }: Spec, location: string): string {
    const padding = (alignment - (this.#offset % alignment)) % alignment
    if (padding > 0) this.data.push(new Uint8Array(padding))
    const place = { offset: this.#offset + padding, length: bytes.length }
    this.data.push(bytes)
    this.#offset = place.offset + place.length
    return this.graph.externalConstant(name, { type: dtype, shape, location, ...place })
  }
}
