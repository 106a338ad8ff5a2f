import { Message } from "@tubelet/core/protobuf"

/** Element types by their names in @tubelet/core, and i64, which ONNX needs for shapes and axes. */
export type OnnxType = "f32" | "f16" | "bf16" | "i32" | "i64" | "u8" | "bool"

/** onnx.TensorProto.DataType. */
export const dataTypes: Record<OnnxType, number> = {
  f32: 1,
  u8: 2,
  i32: 6,
  i64: 7,
  bool: 9,
  f16: 10,
  bf16: 16,
}

export type OnnxArray = Float32Array | Int32Array | BigInt64Array | Uint8Array | Uint16Array

/** A tensor with its values, row-major. */
export interface TensorData {
  readonly data: OnnxArray
  readonly shape: readonly number[]
  /** Required if the array is ambiguous: f16 or bf16 (Uint16Array), bool (Uint8Array). */
  readonly type?: OnnxType
}

/** A tensor whose values are in another file, next to the model's. */
export interface ExternalTensor {
  readonly type: OnnxType
  readonly shape: readonly number[]
  /** The file's name. */
  readonly location: string
  readonly offset: number
  readonly length: number
}

const fields = {
  ...{ dims: 1, dataType: 2, name: 8, rawData: 9 },
  ...{ externalData: 13, dataLocation: 14 },
} as const

const EXTERNAL = 1

export function externalProto(
  name: string,
  { type, shape, location, offset, length }: ExternalTensor,
): Message {
  const proto = new Message().ints(fields.dims, shape).int(fields.dataType, dataTypes[type])
  proto.string(fields.name, name)
  for (const [key, value] of Object.entries({ location, offset, length })) {
    proto.message(fields.externalData, new Message().string(1, key).string(2, `${value}`))
  }
  return proto.int(fields.dataLocation, EXTERNAL)
}

export function tensorProto(name: string, { data, shape, type }: TensorData): Message {
  const count = shape.reduce((n, d) => n * d, 1)
  if (count !== data.length) {
    throw new RangeError(
      `tensor ${name || "attribute"}: shape [${shape}] needs ${count} values, got ${data.length}`,
    )
  }
  const proto = new Message().ints(fields.dims, shape)
  proto.int(fields.dataType, dataTypes[type ?? typeOf(data)])
  if (name) proto.string(fields.name, name)
  return proto.bytes(fields.rawData, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

function typeOf(data: OnnxArray): OnnxType {
  if (data instanceof Float32Array) return "f32"
  if (data instanceof Int32Array) return "i32"
  if (data instanceof BigInt64Array) return "i64"
  if (data instanceof Uint8Array) return "u8"
  throw new TypeError("a Uint16Array may be f16 or bf16: set `type`")
}
