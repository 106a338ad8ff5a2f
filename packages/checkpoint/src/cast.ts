import { type FloatType, fromFloats } from "./convert.js"
import type { ElementType, TensorSource } from "./tensor.js"
import { type TensorFile, tensorFile } from "./tensor-file.js"

const floatTypes: readonly ElementType[] = ["F64", "F32", "F16", "BF16"]

/** A view of a file with all floats in one type, rounded on read; integers are unchanged. */
export function castFloats(file: TensorFile, dtype: FloatType): TensorFile {
  const cast = (name: string, source: TensorSource): TensorSource => {
    if (source.dtype === dtype || !floatTypes.includes(source.dtype)) return source
    const { shape } = source
    return {
      dtype,
      shape,
      bytes: async () => fromFloats(shape, await file.floats(name), dtype).bytes,
    }
  }
  const tensors = new Map([...file.tensors].map(([name, source]) => [name, cast(name, source)]))
  return tensorFile(file.path, tensors, () => file.close())
}
