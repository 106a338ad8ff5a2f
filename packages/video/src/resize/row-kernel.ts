import * as wasm from "@tubelet/core/wasm"
import {
  accumulate,
  advance,
  begin,
  frame,
  nextWeights,
  range,
  repeat,
  toBytes,
} from "./weighted-sums.js"

const { get, set } = wasm

/**
 * `run(source, taps, target, outputs, groups, sourceStride, targetStride, pairs)` resizes along
 * rows of RGB pixels, four rows at a time. Entries start at byte offsets in a row. Each pixel is
 * written with one byte too many, which the next one overwrites; target rows need room for it.
 */
export function assembleRows(): Uint8Array<ArrayBuffer> {
  const [source, taps, target, outputs, groups, sourceStride, targetStride, pairs] = range(8)
  const { params, locals, vectors, integers } = frame(8)
  const [tap, x, pair] = integers(3)
  const [from, to] = [integers(4), integers(4)]
  const [high, low, [pixels, places, highs, lows]] = [vectors(4), vectors(4), vectors(4)]
  const weights = { high: highs, low: lows }
  const output = [
    ...fourRows(
      from,
      [...get(source), ...get(tap), ...wasm.i32Load(0), ...wasm.i32Add],
      sourceStride,
    ),
    ...advance(tap, wasm.i32Const(4)),
    ...begin(high, low),
    ...[...get(pairs), ...set(pair)],
    ...repeat(
      pair,
      nextWeights(tap, weights),
      ...from.map((row, i) => [
        ...[...get(row), ...wasm.loadHalf(0), ...get(places), ...wasm.swizzle, ...set(pixels)],
        ...accumulate(pixels, weights, high[i], low[i]),
        ...advance(row, wasm.i32Const(6)),
      ]),
    ),
    ...[...toBytes(high, low), ...set(pixels)],
    ...to.flatMap((row, i) => [...get(row), ...get(pixels), ...wasm.storeLane(0, i)]),
    ...to.flatMap((row) => advance(row, wasm.i32Const(3))),
  ]
  const body = [
    ...[...wasm.bytesConst(pixelPair), ...set(places)],
    ...repeat(
      groups,
      [...get(taps), ...set(tap)],
      fourRows(to, get(target), targetStride),
      [...get(outputs), ...set(x)],
      repeat(x, output),
      ...range(4).map(() => advance(source, get(sourceStride))),
      ...range(4).map(() => advance(target, get(targetStride))),
    ),
  ]
  return wasm.assemble({ params, locals, body, shared: false })
}

/** Sets the pointers of four rows: the first, and the others `stride` apart. */
const fourRows = (rows: number[], first: wasm.Code, stride: number) =>
  rows.flatMap((row, i) => [
    ...(i === 0 ? first : [...get(rows[i - 1]), ...get(stride), ...wasm.i32Add]),
    ...set(row),
  ])

/** Shuffles bytes R G B R G B into 16-bit pairs per colour; the fourth pair is 0. */
const pixelPair = [0, 255, 3, 255, 1, 255, 4, 255, 2, 255, 5, 255, 255, 255, 255, 255]
