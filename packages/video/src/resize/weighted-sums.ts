import * as wasm from "@tubelet/core/wasm"
import { weightBits } from "./taps.js"

// The resize takes two passes in WebAssembly with 128-bit vectors. One instruction multiplies eight
// bytes by 16-bit weights and adds neighbours. So taps come in pairs, and a 22-bit weight has two
// parts; the sum of the high part is shifted into place at the end. Matches Pillow bit for bit.

/** Bits of a weight's low part. */
export const lowBits = 11

/** Bytes of an output's packed taps: its start, then two parts per pair. */
export const entryBytes = (pairs: number) => 4 + 8 * pairs

/** Rounds the shifted sum. */
const halfUnit = 1 << (weightBits - 1)

const { get, set, i32x4, i16x8 } = wasm

/** Whole numbers from 0 up to `count`. */
export const range = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Adds a value to a local. */
export const advance = (local: number, ...by: wasm.Code[]) => [
  ...get(local),
  ...by.flat(),
  ...wasm.i32Add,
  ...set(local),
]

/** Runs the body until the counter, which it decrements, is 0. */
export const repeat = (counter: number, ...body: wasm.Code[]) =>
  wasm.whileLoop(
    [...get(counter), ...wasm.i32Const(1), ...wasm.i32AtLeast],
    [...body.flat(), ...advance(counter, wasm.i32Const(-1))],
  )

/** Initialises four sums: zero for the high parts, half a unit for the low ones. */
export const begin = (high: number[], low: number[]) => [
  ...high.flatMap((sum) => [...wasm.zero, ...set(sum)]),
  ...low.flatMap((sum) => [...wasm.i32Const(halfUnit), ...i32x4.splat, ...set(sum)]),
]

/** Adds a vector of 16-bit pairs, times both parts of the weights, to the sums. */
export const accumulate = (pixels: number, weights: Weights, high: number, low: number) => [
  ...[...get(high), ...get(pixels), ...get(weights.high), ...i16x8.dot, ...i32x4.add, ...set(high)],
  ...[...get(low), ...get(pixels), ...get(weights.low), ...i16x8.dot, ...i32x4.add, ...set(low)],
]

export interface Weights {
  readonly high: number
  readonly low: number
}

/** Loads a pair's weights and advances to the next pair. */
export const nextWeights = (tap: number, { high, low }: Weights) => [
  ...[...get(tap), ...wasm.loadSplat(0), ...set(high)],
  ...[...get(tap), ...wasm.loadSplat(4), ...set(low)],
  ...advance(tap, wasm.i32Const(8)),
]

/** Packs four times four sums into sixteen bytes on the stack. */
export function toBytes(high: number[], low: number[]): wasm.Code {
  const pixel = (i: number) => [
    ...[...get(high[i]), ...wasm.i32Const(lowBits), ...i32x4.shiftLeft],
    ...[...get(low[i]), ...i32x4.add, ...wasm.i32Const(weightBits), ...i32x4.shiftRight],
  ]
  const half = (i: number) => [...pixel(i), ...pixel(i + 1), ...i32x4.narrow]
  return [...half(0), ...half(2), ...i16x8.narrow]
}

/** Allocates a function's parameters and locals. */
export function frame(params: number) {
  const locals: number[] = []
  const local = (type: number) => params + locals.push(type) - 1
  const vectors = (count: number) => Array.from({ length: count }, () => local(wasm.v128))
  const integers = (count: number) => Array.from({ length: count }, () => local(wasm.i32))
  return { params: new Array<number>(params).fill(wasm.i32), locals, vectors, integers }
}
