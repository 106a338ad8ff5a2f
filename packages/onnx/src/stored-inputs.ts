import { formatSpec, type HostArray, type Spec, sizeOf, TubeletError } from "@tubelet/core"
import type { OnnxGraph } from "./model.js"

/** Bytes of weights that one file may hold: protobuf's 2 GiB, with some room for all else. */
export const largestFile = 2 ** 31 - 2 ** 26

/** Shorter than this stays in the file: readers look at some small values when they load it. */
const smallBytes = 1024

/** Where readers map a file into memory they want tensors to begin at a page. */
const alignment = 4096

/** Inputs whose values a file holds, itself or in a second file. */
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

  /** Stores an input's values; returns its name. */
  add(name: string, values: HostArray, spec: Spec): string {
    if (values.length !== sizeOf(spec.shape)) {
      throw new TubeletError(
        `${name} has ${values.length} elements, the graph takes ${formatSpec(spec)}`,
        "give weights of the same model",
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
        "these weights are more than the 2 GiB that one ONNX file holds",
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
