/**
 * WebAssembly's binary format, as far as the kernels need it: one function over an imported memory.
 * Opcodes: WebAssembly Core Specification 2.0, section 5.4.
 */

/** Encoded instructions. */
export type Code = readonly number[]

/** Value types. */
export const i32 = 0x7f
export const f32 = 0x7d
export const v128 = 0x7b

/** Unsigned LEB128. */
export function u32(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low | 0x80 : low)
  } while (rest > 0)
  return bytes
}

/** Signed LEB128 of a 32-bit integer. */
function s32(value: number): number[] {
  const bytes: number[] = []
  let rest = value | 0
  for (;;) {
    const low = rest & 0x7f
    rest >>= 7
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)
    bytes.push(done ? low : low | 0x80)
    if (done) return bytes
  }
}

export const get = (local: number): Code => [0x20, ...u32(local)]
export const set = (local: number): Code => [0x21, ...u32(local)]
export const i32Load = (offset: number): Code => [0x28, ...at(2, offset)]
export const i32Const = (value: number): Code => [0x41, ...s32(value)]
export const i32Add: Code = [0x6a]
export const i32Sub: Code = [0x6b]
export const i32AtLeast: Code = [0x4f]
export const f64Promote: Code = [0xbb]

/** Repeats `body` while `condition` leaves a non-zero i32. */
export const whileLoop = (condition: Code, body: Code): Code => {
  const [block, loop, empty, end] = [0x02, 0x03, 0x40, 0x0b]
  const [branch, branchIf, isZero] = [0x0c, 0x0d, 0x45]
  const head = [block, empty, loop, empty, ...condition, isZero, branchIf, 1]
  return [...head, ...body, branch, 0, end, end]
}

const simd = (opcode: number, ...immediates: number[]): Code => [
  0xfd,
  ...u32(opcode),
  ...immediates,
]

/** Vectors need not be aligned, but the encoding takes an alignment hint. */
const at = (log2Alignment: number, offset: number): number[] => [log2Alignment, ...u32(offset)]

export const load = (offset: number): Code => simd(0x00, ...at(4, offset))
export const store = (offset: number): Code => simd(0x0b, ...at(4, offset))
/** Loads 32 bits into lane 0; the other lanes are 0. */
export const loadLane = (offset: number): Code => simd(0x5c, ...at(2, offset))
/** Loads 64 bits into the low half; the high half is 0. */
export const loadHalf = (offset: number): Code => simd(0x5d, ...at(3, offset))
/** Loads 32 bits into all four lanes. */
export const loadSplat = (offset: number): Code => simd(0x09, ...at(2, offset))
/** Stores 32 bits of a lane, the first by default. */
export const storeLane = (offset: number, lane = 0): Code => simd(0x5a, ...at(2, offset), lane)

/** One f32 in all four lanes. */
export function splatConst(value: number): Code {
  const lane = [...new Uint8Array(Float32Array.of(value).buffer)]
  return simd(0x0c, ...lane, ...lane, ...lane, ...lane)
}

export const zero: Code = simd(0x0c, ...new Array<number>(16).fill(0))
export const splat: Code = simd(0x13)
export const lane0: Code = simd(0x1f, 0)
export const replaceWideLane0: Code = simd(0x22, 0)
/** Moves lanes 2 and 3 of the first operand to the front. */
export const highHalf: Code = simd(0x0d, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)
/** f32 lanes 0 and 1 as f64. */
export const promoteLow: Code = simd(0x5f)
export const f64x2Add: Code = simd(0xf0)
export const and: Code = simd(0x4e)
/** Takes bits of the first operand where the third has ones, else of the second. */
export const bitSelect: Code = simd(0x52)

/** Sixteen bytes. */
export const bytesConst = (bytes: readonly number[]): Code => simd(0x0c, ...bytes)
/** Selects bytes of the first operand by the indices in the second; an index above 15 gives 0. */
export const swizzle: Code = simd(0x0e)
/** Selects sixteen bytes of two operands by constant indices from 0 to 31. */
export const shuffle = (places: readonly number[]): Code => simd(0x0d, ...places)

/** Eight 16-bit integers at once. */
export const i16x8 = {
  /** The low and the high eight bytes, zero-extended. */
  extendLow: simd(0x89),
  extendHigh: simd(0x8a),
  /** Narrows two operands to bytes, saturating to 0 and 255. */
  narrow: simd(0x66),
  /** Products of two operands, adjacent ones added: four 32-bit integers. */
  dot: simd(0xba),
} as const

/** Four 32-bit integers at once. */
export const i32x4 = {
  add: simd(0xae),
  /** Shifts by a number of bits. */
  shiftLeft: simd(0xab),
  shiftRight: simd(0xac),
  /** Narrows two operands to eight 16-bit integers, saturating. */
  narrow: simd(0x85),
  splat: simd(0x11),
} as const

/** Four f32 at once, named like the elementwise ops. Comparisons give lane masks. */
export const f32x4 = {
  equal: simd(0x41),
  notEqual: simd(0x42),
  less: simd(0x43),
  greater: simd(0x44),
  lessEqual: simd(0x45),
  greaterEqual: simd(0x46),
  floor: simd(0x68),
  abs: simd(0xe0),
  neg: simd(0xe1),
  sqrt: simd(0xe3),
  add: simd(0xe4),
  sub: simd(0xe5),
  mul: simd(0xe6),
  div: simd(0xe7),
  minimum: simd(0xe8),
  maximum: simd(0xe9),
} as const

export interface FunctionCode {
  readonly params: readonly number[]
  /** Types of the locals after the parameters. */
  readonly locals: readonly number[]
  readonly body: Code
  /** Whether threads share the memory (threads proposal, section "Limits"). */
  readonly shared: boolean
}

/** The limits of an imported memory in pages: none, or the full range for a shared one. */
const limits = (shared: boolean): number[] => (shared ? [0x03, 0, ...u32(65536)] : [0x00, 0])

/** A module that imports `env.memory` and exports `code` as `run`, which returns nothing. */
export function assemble(code: FunctionCode): Uint8Array<ArrayBuffer> {
  const { params, locals, body, shared } = code
  const vector = (items: readonly (readonly number[])[]) => [...u32(items.length), ...items.flat()]
  const sized = (bytes: readonly number[]) => [...u32(bytes.length), ...bytes]
  const section = (id: number, ...items: number[][]) => [id, ...sized(vector(items))]
  const name = (text: string) => sized([...new TextEncoder().encode(text)])
  const declared = vector(locals.map((type) => [1, type]))
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [0x60, ...vector(params.map((type) => [type])), 0]),
    ...section(2, [...name("env"), ...name("memory"), 0x02, ...limits(shared)]),
    ...section(3, [0]),
    ...section(7, [...name("run"), 0x00, 0]),
    ...section(10, sized([...declared, ...body, 0x0b])),
  ])
}
