import { Message } from "@tubelet/core/protobuf"
import { type TensorData, tensorProto } from "./tensor-proto.js"

/**
 * The value of a node's attribute. ONNX distinguishes 1 from 1.0, JavaScript does not: a plain
 * number is an integer, `float(1)` a float; a plain list holds integers, a Float32Array floats.
 */
export type Attribute =
  | number
  | bigint
  | Float
  | string
  | readonly number[]
  | Float32Array
  | TensorData

interface Float {
  readonly float: number
}

/** Marks an attribute as a float: `{ alpha: float(1) }`. */
export const float = (value: number): Float => ({ float: value })

/** onnx.AttributeProto: its field numbers and the values of `type`. */
const fields = { name: 1, f: 2, i: 3, s: 4, t: 5, floats: 7, ints: 8, type: 20 } as const
const types = { f: 1, i: 2, s: 3, t: 4, floats: 6, ints: 7 } as const

export function attributeProto(name: string, value: Attribute): Message {
  const proto = new Message().string(fields.name, name)
  const kind = kindOf(name, value)
  if (kind === "i") proto.int(fields.i, value as number)
  else if (kind === "s") proto.string(fields.s, value as string)
  else if (kind === "f") proto.float(fields.f, (value as Float).float)
  else if (kind === "ints") proto.ints(fields.ints, value as readonly number[])
  else if (kind === "floats") proto.floats(fields.floats, value as Float32Array)
  else proto.message(fields.t, tensorProto("", value as TensorData))
  return proto.int(fields.type, types[kind])
}

function kindOf(name: string, value: Attribute): keyof typeof types {
  if (typeof value === "string") return "s"
  if (typeof value === "bigint") return "i"
  if (value instanceof Float32Array) return "floats"
  if (typeof value === "number" || Array.isArray(value)) {
    if ([value].flat().every(Number.isInteger)) return Array.isArray(value) ? "ints" : "i"
    throw new RangeError(
      `attribute ${name}: ${value} is not an integer; use float(x) or a Float32Array for floats`,
    )
  }
  return "float" in value ? "f" : "t"
}
