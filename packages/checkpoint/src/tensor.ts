import { TubeletError } from "@tubelet/core"
import { type ElementType, elementBytes } from "./safetensors.js"

/** A tensor as a file holds it. */
export interface FileTensor {
  readonly dtype: ElementType
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** A tensor's bytes on a fresh, aligned buffer. */
const aligned = (bytes: Uint8Array): ArrayBuffer =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer

/** A half-precision number from its 16 bits. */
function halfToFloat(h: number): number {
  const sign = h & 0x8000 ? -1 : 1
  const exponent = (h >> 10) & 31
  const fraction = h & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

function bfloatToFloats(words: Uint16Array): Float32Array {
  const bits = Uint32Array.from(words, (w) => w << 16)
  return new Float32Array(bits.buffer)
}

const readers: Partial<Record<ElementType, (buffer: ArrayBuffer) => Float32Array>> = {
  F32: (b) => new Float32Array(b),
  F64: (b) => Float32Array.from(new Float64Array(b)),
  F16: (b) => Float32Array.from(new Uint16Array(b), halfToFloat),
  BF16: (b) => bfloatToFloats(new Uint16Array(b)),
  I32: (b) => Float32Array.from(new Int32Array(b)),
  U8: (b) => Float32Array.from(new Uint8Array(b)),
  BOOL: (b) => Float32Array.from(new Uint8Array(b)),
  I64: (b) => Float32Array.from(new BigInt64Array(b), Number),
}

/** The elements as f32, whatever the stored type. */
export function toFloats(name: string, tensor: FileTensor): Float32Array {
  const read = readers[tensor.dtype]
  if (read) return read(aligned(tensor.bytes))
  throw new TubeletError(
    `tensor "${name}" is stored as ${tensor.dtype}, which cannot become f32 here`,
    `convert it to one of ${Object.keys(readers).join(", ")}`,
  )
}

/** A tensor of f32 elements for writing; the bytes are the array's own. */
export const fromFloats = (shape: readonly number[], data: Float32Array): FileTensor => ({
  dtype: "F32",
  shape,
  bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
})

export const bytesOf = (dtype: ElementType, shape: readonly number[]): number =>
  shape.reduce((n, d) => n * d, elementBytes[dtype])
