import { TubeletError } from "@tubelet/core"
import { toFloats } from "./convert.js"
import { type ElementType, type FileTensor, fetchBytes, type TensorSource } from "./tensor.js"

/** An open file of tensors in any format; each is read on demand. */
export interface TensorFile {
  /** Name for errors, usually a path. */
  readonly path: string
  /** All tensors in the file's order; for the writers, use `Object.fromEntries`. */
  readonly tensors: ReadonlyMap<string, TensorSource>
  readonly names: readonly string[]
  has(name: string): boolean
  shape(name: string): readonly number[]
  dtype(name: string): ElementType
  /** The elements as stored. */
  read(name: string): Promise<FileTensor>
  /** The elements as f32. */
  floats(name: string): Promise<Float32Array>
  close(): Promise<void>
}

/** The common interface of all formats. */
export function tensorFile(
  path: string,
  tensors: ReadonlyMap<string, TensorSource>,
  close: () => Promise<void>,
): TensorFile {
  const names = [...tensors.keys()]
  const tensor = (name: string): TensorSource => {
    const found = tensors.get(name)
    if (found) return found
    const some = names.length > 5 ? `, such as ${names.slice(0, 5).join(", ")}` : `: ${names}`
    throw new TubeletError(
      `${path} has no tensor "${name}"`,
      `it has ${names.length} tensors${some}`,
    )
  }
  const read = async (name: string): Promise<FileTensor> => {
    const { dtype, shape } = tensor(name)
    return { dtype, shape, bytes: await fetchBytes(name, tensor(name)) }
  }
  return {
    path,
    tensors,
    names,
    has: (name) => tensors.has(name),
    shape: (name) => tensor(name).shape,
    dtype: (name) => tensor(name).dtype,
    read,
    floats: async (name) => toFloats(name, await read(name)),
    close,
  }
}
