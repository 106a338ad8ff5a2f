import * as wasm from "@tubelet/core/wasm"
import { weightBits } from "./taps.js"

// Two passes in WebAssembly with 128-bit vectors. One instruction multiplies eight bytes by 16-bit
// weights and adds neighbours, so taps go in pairs, and a weight of 22 bits in two parts: the high
// part's sum is shifted into place at the end. The integers are Pillow's, to the last bit.

/** Bits of a weight's low part. */
export const lowBits = 11

/** Bytes of an output's entry among packed taps: where it starts, then two parts for each pair. */
export const entryBytes = (pairs: number) => 4 + 8 * pairs

/** What the shifted sum is rounded by. */
const halfUnit = 1 << (weightBits - 1)

const { get, set, i32x4, i16x8 } = wasm

/** Whole numbers from 0. */
export const range = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Adds code's value to a local. */
export const advance = (local: number, ...by: wasm.Code[]) => [
  ...get(local),
  ...by.flat(),
  ...wasm.i32Add,
  ...set(local),
]

/** Runs the body as often as the counter says, which is 0 after it. */
export const repeat = (counter: number, ...body: wasm.Code[]) =>
  wasm.whileLoop(
    [...get(counter), ...wasm.i32Const(1), ...wasm.i32AtLeast],
    [...body.flat(), ...advance(counter, wasm.i32Const(-1))],
  )

/** Four sums as they begin: none in the high parts, half a unit in the low ones. */
export const begin = (high: number[], low: number[]) => [
  ...high.flatMap((sum) => [...wasm.zero, ...set(sum)]),
  ...low.flatMap((sum) => [...wasm.i32Const(halfUnit), ...i32x4.splat, ...set(sum)]),
]

/** Adds a vector of 16-bit pairs times both parts of the weights. */
export const accumulate = (pixels: number, weights: Weights, high: number, low: number) => [
  ...[...get(high), ...get(pixels), ...get(weights.high), ...i16x8.dot, ...i32x4.add, ...set(high)],
  ...[...get(low), ...get(pixels), ...get(weights.low), ...i16x8.dot, ...i32x4.add, ...set(low)],
]

export interface Weights {
  readonly high: number
  readonly low: number
}

/** Loads a pair's weights and goes on to the next pair's. */
export const nextWeights = (tap: number, { high, low }: Weights) => [
  ...[...get(tap), ...wasm.loadSplat(0), ...set(high)],
  ...[...get(tap), ...wasm.loadSplat(4), ...set(low)],
  ...advance(tap, wasm.i32Const(8)),
]

/** Four times four sums as sixteen bytes, on the stack. */
export function toBytes(high: number[], low: number[]): wasm.Code {
  const pixel = (i: number) => [
    ...[...get(high[i]), ...wasm.i32Const(lowBits), ...i32x4.shiftLeft],
    ...[...get(low[i]), ...i32x4.add, ...wasm.i32Const(weightBits), ...i32x4.shiftRight],
  ]
  const half = (i: number) => [...pixel(i), ...pixel(i + 1), ...i32x4.narrow]
  return [...half(0), ...half(2), ...i16x8.narrow]
}

/** Numbers a function's parameters and locals. */
export function frame(params: number) {
  const locals: number[] = []
  const local = (type: number) => params + locals.push(type) - 1
  const vectors = (count: number) => Array.from({ length: count }, () => local(wasm.v128))
  const integers = (count: number) => Array.from({ length: count }, () => local(wasm.i32))
  return { params: new Array<number>(params).fill(wasm.i32), locals, vectors, integers }
}
