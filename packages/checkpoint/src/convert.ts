import { decodeF16, encodeBF16, encodeF16, TubeletError } from "@tubelet/core"
import type { ElementType, FileTensor } from "./tensor.js"

/** A tensor's bytes on a fresh, aligned buffer. */
const aligned = (bytes: Uint8Array): ArrayBuffer =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer

let halves: Float32Array | undefined

/** By a table of all 65,536 halves: files contain hundreds of millions of them. */
function halvesToFloats(words: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 65_536 }, (_, word) => decodeF16(word))
  const floats = new Float32Array(words.length)
  for (let i = 0; i < words.length; i++) floats[i] = halves[words[i]]
  return floats
}

function bfloatsToFloats(words: Uint16Array): Float32Array {
  const bits = new Uint32Array(words.length)
  for (let i = 0; i < words.length; i++) bits[i] = words[i] << 16
  return new Float32Array(bits.buffer)
}

const readers: Partial<Record<ElementType, (buffer: ArrayBuffer) => Float32Array>> = {
  F32: (b) => new Float32Array(b),
  F64: (b) => Float32Array.from(new Float64Array(b)),
  F16: (b) => halvesToFloats(new Uint16Array(b)),
  BF16: (b) => bfloatsToFloats(new Uint16Array(b)),
  I8: (b) => Float32Array.from(new Int8Array(b)),
  U8: (b) => Float32Array.from(new Uint8Array(b)),
  BOOL: (b) => Float32Array.from(new Uint8Array(b)),
  I16: (b) => Float32Array.from(new Int16Array(b)),
  U16: (b) => Float32Array.from(new Uint16Array(b)),
  I32: (b) => Float32Array.from(new Int32Array(b)),
  U32: (b) => Float32Array.from(new Uint32Array(b)),
  I64: (b) => Float32Array.from(new BigInt64Array(b), Number),
  U64: (b) => Float32Array.from(new BigUint64Array(b), Number),
}

/** A tensor's elements as f32, from any stored type. */
export function toFloats(name: string, tensor: FileTensor): Float32Array {
  const read = readers[tensor.dtype]
  if (read) return read(aligned(tensor.bytes))
  throw new TubeletError(
    `tensor "${name}" is stored as ${tensor.dtype}, which cannot be converted to f32`,
    `convert it to one of ${Object.keys(readers).join(", ")}`,
  )
}

/** The types that weights are trained and published in. */
export type FloatType = "F32" | "F16" | "BF16"

/** A tensor to write: the array's own bytes for F32, or its elements rounded to `dtype`. */
export function fromFloats(
  shape: readonly number[],
  data: Float32Array,
  dtype: FloatType = "F32",
): FileTensor {
  const encode = { F32: undefined, F16: encodeF16, BF16: encodeBF16 }[dtype]
  const { buffer, byteOffset, byteLength } = encode ? Uint16Array.from(data, encode) : data
  return { dtype, shape, bytes: new Uint8Array(buffer, byteOffset, byteLength) }
}
