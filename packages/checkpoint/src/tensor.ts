import { sizeOf, TubeletError } from "@tubelet/core"

/** Element types under safetensors' names, and their sizes in bytes. All are little-endian. */
export const elementBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
} as const

export type ElementType = keyof typeof elementBytes

/** A tensor as stored in a file. */
export interface FileTensor {
  readonly dtype: ElementType
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** A tensor to read or write, whose bytes may be fetched lazily. */
export interface TensorSource {
  readonly dtype: ElementType
  readonly shape: readonly number[]
  readonly bytes: Uint8Array | (() => Promise<Uint8Array> | Uint8Array)
}

export type TensorSources = Readonly<Record<string, TensorSource>>

/** Bytes of a tensor. */
export const bytesOf = (dtype: ElementType, shape: readonly number[]): number =>
  elementBytes[dtype] * sizeOf(shape)

/** PyTorch's limit. */
const mostDimensions = 64

const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0

/** Whether a value read from a file is a shape whose size is a safe integer. */
export function isShape(value: unknown): value is readonly number[] {
  if (!Array.isArray(value) || value.length > mostDimensions || !value.every(isCount)) return false
  return Number.isSafeInteger(sizeOf(value.filter((d) => d > 0)))
}

/** Whether a value read from a file is [begin, end). */
export const isRange = (value: unknown): value is readonly [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every(isCount) && value[0] <= value[1]

/**
 * A source's bytes.
 *
 * @throws TubeletError if their number does not match the shape.
 */
export async function fetchBytes(name: string, source: TensorSource): Promise<Uint8Array> {
  const { dtype, shape, bytes: stored } = source
  const bytes = typeof stored === "function" ? await stored() : stored
  const expected = bytesOf(dtype, shape)
  if (bytes.length === expected) return bytes
  const needs = `${dtype} [${shape}] needs ${expected}`
  throw new TubeletError(`tensor "${name}" has ${bytes.length} bytes, ${needs}`)
}
