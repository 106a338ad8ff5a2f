import { sizeOf } from "@tubelet/core"
import { bytesOf, type ElementType, elementBytes } from "../tensor.js"
import type { Storage } from "./storage.js"

/** A view of a storage; offset and strides count elements. */
export interface Layout {
  readonly dtype: ElementType
  readonly offset: number
  readonly shape: readonly number[]
  readonly stride: readonly number[]
}

/** One past the last element that a view touches. */
export const endOf = ({ offset, shape, stride }: Layout): number =>
  sizeOf(shape) === 0 ? offset : shape.reduce((at, d, i) => at + (d - 1) * stride[i], offset + 1)

/** Reads a view's elements in row-major order. */
export async function readStrided(storage: Storage, layout: Layout): Promise<Uint8Array> {
  const { dtype, offset, shape, stride } = layout
  if (sizeOf(shape) === 0) return new Uint8Array(0)
  const item = elementBytes[dtype]
  const bytes = await storage.read(item * offset, item * endOf(layout))
  return isRowMajor(shape, stride) ? bytes : gather(bytes, item, shape, stride)
}

function isRowMajor(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] === 1) continue
    if (stride[i] !== expected) return false
    expected *= shape[i]
  }
  return true
}

const words = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array } as const

function gather(
  bytes: Uint8Array,
  item: 1 | 2 | 4 | 8,
  shape: readonly number[],
  stride: readonly number[],
): Uint8Array {
  const from = new words[item](bytes.slice().buffer)
  const to = new words[item](sizeOf(shape))
  const last = shape.length - 1
  let at = 0
  const copy = (dimension: number, index: number): void => {
    const [count, step] = [shape[dimension], stride[dimension]]
    for (let i = 0, k = index; i < count; i++, k += step) {
      if (dimension === last) to[at++] = from[k]
      else copy(dimension + 1, k)
    }
  }
  copy(0, 0)
  return new Uint8Array(to.buffer, 0, bytesOf("U8", shape) * item)
}
