/**
 * The protobuf wire format, as far as ONNX and TensorBoard need it: varints, floats and
 * length-delimited fields. Source: protobuf.dev/programming-guides/encoding.
 */

const VARINT = 0
const FIXED64 = 1
const DELIMITED = 2
const FIXED32 = 5

const utf8 = new TextEncoder()

/** A message under construction. Chunks are joined once, so nesting never copies large tensors. */
export class Message {
  readonly #chunks: Uint8Array[] = []
  #length = 0

  /** The encoded size in bytes. */
  get length(): number {
    return this.#length
  }

  /** A signed 64-bit integer field, also for enums; negative numbers take ten bytes. */
  int(field: number, value: number | bigint): this {
    return this.#tag(field, VARINT).#push(varint(value))
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    return this.#tag(field, FIXED32).#push(bytes)
  }

  double(field: number, value: number): this {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, value, true)
    return this.#tag(field, FIXED64).#push(bytes)
  }

  string(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value))
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#tag(field, DELIMITED).#push(varint(value.length)).#push(value)
  }

  message(field: number, value: Message): this {
    this.#tag(field, DELIMITED).#push(varint(value.#length))
    for (const chunk of value.#chunks) this.#push(chunk)
    return this
  }

  /** Packed repeated integers, as one delimited field. */
  ints(field: number, values: Iterable<number | bigint>): this {
    const packed = new Message()
    for (const value of values) packed.#push(varint(value))
    return this.message(field, packed)
  }

  /** Packed repeated 32-bit floats. */
  floats(field: number, values: Iterable<number>): this {
    const list = Float32Array.from(values)
    return this.bytes(field, new Uint8Array(list.buffer))
  }

  /** The whole message as one array. */
  finish(): Uint8Array {
    const out = new Uint8Array(this.#length)
    let offset = 0
    for (const chunk of this.#chunks) {
      out.set(chunk, offset)
      offset += chunk.length
    }
    return out
  }

  #tag(field: number, wire: number): this {
    return this.#push(varint(field * 8 + wire))
  }

  #push(chunk: Uint8Array): this {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    return this
  }
}

function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}
