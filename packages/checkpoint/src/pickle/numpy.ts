import { TubeletError } from "@tubelet/core"
import { bytesOf, type ElementType, elementBytes, isShape, type TensorSource } from "../tensor.js"
import type { Buildable, Global } from "./machine.js"

/** Element types by NumPy's codes. */
const types: Readonly<Record<string, ElementType>> = {
  b1: "BOOL",
  u1: "U8",
  i1: "I8",
  u2: "U16",
  i2: "I16",
  f2: "F16",
  u4: "U32",
  i4: "I32",
  f4: "F32",
  u8: "U64",
  i8: "I64",
  f8: "F64",
}

const refuse = (what: string): never => {
  throw new TubeletError(
    `the checkpoint contains ${what}, which is not supported`,
    'load it in PyTorch and save {"model": model.state_dict()}',
  )
}

/** A `numpy.dtype`; its state sets the byte order. */
class NumpyType implements Buildable {
  readonly element: ElementType
  constructor(code: unknown) {
    const known = typeof code === "string" && Object.hasOwn(types, code)
    this.element = known ? types[code] : refuse(`a NumPy type ${String(code).slice(0, 20)}`)
  }

  build(state: unknown): void {
    if (Array.isArray(state) && state[1] === ">") refuse("big-endian NumPy data")
  }
}

const typeOf = (value: unknown): ElementType =>
  value instanceof NumpyType ? value.element : refuse("NumPy data without a type")

/** Python 2 stores bytes as text. */
const bytesFrom = (value: unknown): Uint8Array => {
  if (value instanceof Uint8Array) return value
  if (typeof value === "string") return Uint8Array.from(value, (c) => c.charCodeAt(0))
  return refuse("NumPy data without bytes")
}

const numbers: Partial<Record<ElementType, (view: DataView) => number | bigint | boolean>> = {
  BOOL: (v) => v.getUint8(0) !== 0,
  U8: (v) => v.getUint8(0),
  I8: (v) => v.getInt8(0),
  U16: (v) => v.getUint16(0, true),
  I16: (v) => v.getInt16(0, true),
  U32: (v) => v.getUint32(0, true),
  I32: (v) => v.getInt32(0, true),
  F32: (v) => v.getFloat32(0, true),
  F64: (v) => v.getFloat64(0, true),
  I64: (v) => v.getBigInt64(0, true),
  U64: (v) => v.getBigUint64(0, true),
}

/** `scalar(dtype, bytes)`: a number. */
function scalar([type, stored]: readonly unknown[]): number | bigint | boolean {
  const element = typeOf(type)
  const bytes = bytesFrom(stored)
  const read = numbers[element]
  if (!read || bytes.length !== elementBytes[element]) return refuse(`a NumPy scalar of ${element}`)
  const value = read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length))
  const exact = typeof value === "bigint" && Number.isSafeInteger(Number(value))
  return exact ? Number(value) : value
}

/** A NumPy array, whose bytes are in the pickle. */
export class NumpyArray implements Buildable, TensorSource {
  dtype: ElementType = "U8"
  shape: readonly number[] = [0]
  bytes = new Uint8Array(0)

  build(state: unknown): void {
    const [, shape, type, fortran, data] = Array.isArray(state) ? state : []
    const bytes = bytesFrom(data)
    const dtype = typeOf(type)
    if (!isShape(shape) || bytesOf(dtype, shape) !== bytes.length) {
      refuse("a NumPy array whose shape does not match its bytes")
    }
    if (fortran && shape.length > 1) refuse("a NumPy array in Fortran order")
    Object.assign(this, { dtype, shape, bytes })
  }
}

export const numpyGlobals: Readonly<Record<string, Global["call"]>> = {
  "numpy.dtype": ([code]) => new NumpyType(code),
  "numpy.ndarray": undefined,
  "numpy.core.multiarray.scalar": scalar,
  "numpy.core.multiarray._reconstruct": () => new NumpyArray(),
}
