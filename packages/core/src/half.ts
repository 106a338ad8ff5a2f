import { type DType, type HostArray, hostArray } from "./dtype.js"

const roundToEven = (x: number): number => {
  const below = Math.floor(x)
  const rest = x - below
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
}

const exponentOf = (x: number): number => {
  const guess = Math.floor(Math.log2(x))
  return 2 ** guess > x ? guess - 1 : 2 ** (guess + 1) <= x ? guess + 1 : guess
}

/** The IEEE 754 half (binary16) nearest to x, ties to even. */
export function encodeF16(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0
  const size = Math.abs(x)
  if (Number.isNaN(size)) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  if (size < 2 ** -14) return sign | roundToEven(size * 2 ** 24)
  const exponent = exponentOf(size)
  // A fraction that rounds up to 2048 carries into the exponent, which is correct.
  return sign | (((exponent + 15) << 10) + roundToEven(size * 2 ** (10 - exponent)) - 1024)
}

export function decodeF16(word: number): number {
  const sign = word & 0x8000 ? -1 : 1
  const exponent = (word >> 10) & 31
  const fraction = word & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}

const single = new Float32Array(1)
const bits = new Uint32Array(single.buffer)

/** The bfloat16 nearest to x, ties to even: the upper half of its f32. */
export function encodeBF16(x: number): number {
  if (Number.isNaN(x)) return 0x7fc0
  single[0] = x
  return ((bits[0] + 0x7fff + ((bits[0] >>> 16) & 1)) >>> 16) & 0xffff
}

export function decodeBF16(word: number): number {
  bits[0] = word << 16
  return single[0]
}

const codecs: Partial<Record<DType, readonly [(x: number) => number, (word: number) => number]>> = {
  f16: [encodeF16, decodeF16],
  bf16: [encodeBF16, decodeBF16],
}

/** Host elements as numbers. */
export const toNumbers = (data: HostArray, dtype: DType): Float64Array =>
  Float64Array.from(data, codecs[dtype]?.[1])

/** Numbers as host elements, rounded to the dtype. */
export function fromNumbers(values: ArrayLike<number>, dtype: DType): HostArray {
  const encode = codecs[dtype]?.[0]
  const data = hostArray(dtype, values.length)
  for (let i = 0; i < data.length; i++) data[i] = encode ? encode(values[i]) : values[i]
  return data
}
