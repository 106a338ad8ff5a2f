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

const { get, set, i16x8 } = wasm

/**
 * `run(source, taps, target, outputs, vectors, sourceStride, targetStride, pairs)` resizes along
 * columns, sixteen bytes of a row at a time. Entries start at byte offsets in the source. The last
 * vector of a row is written in full; the next row overwrites the excess.
 */
export function assembleColumns(): Uint8Array<ArrayBuffer> {
  const [source, taps, target, outputs, vectorCount, sourceStride, targetStride, pairs] = range(8)
  const { params, locals, vectors, integers } = frame(8)
  const [tap, x, pair, start, from, to] = integers(6)
  const [high, low, [upper, lower, pixels, highs, lows]] = [vectors(4), vectors(4), vectors(5)]
  const weights = { high: highs, low: lows }
  const load = (vector: number) => [
    ...[...get(from), ...wasm.load(0), ...set(vector)],
    ...advance(from, get(sourceStride)),
  ]
  /** Interleaves eight bytes of two rows into 16-bit pairs; each quarter has four pairs. */
  const quarter = (i: number) => [
    ...[...get(upper), ...get(lower), ...wasm.shuffle(i < 2 ? interleaveLow : interleaveHigh)],
    ...[...(i % 2 === 0 ? i16x8.extendLow : i16x8.extendHigh), ...set(pixels)],
    ...accumulate(pixels, weights, high[i], low[i]),
  ]
  const vector = [
    ...[...get(taps), ...wasm.i32Const(4), ...wasm.i32Add, ...set(tap)],
    ...[...get(start), ...set(from)],
    ...begin(high, low),
    ...[...get(pairs), ...set(pair)],
    ...repeat(pair, nextWeights(tap, weights), load(upper), load(lower), range(4).flatMap(quarter)),
    ...[...get(to), ...toBytes(high, low), ...wasm.store(0)],
    ...advance(to, wasm.i32Const(16)),
    ...advance(start, wasm.i32Const(16)),
  ]
  const body = repeat(
    outputs,
    [...get(source), ...get(taps), ...wasm.i32Load(0), ...wasm.i32Add, ...set(start)],
    [...get(target), ...set(to)],
    [...get(vectorCount), ...set(x)],
    repeat(x, vector),
    [...get(tap), ...set(taps)],
    advance(target, get(targetStride)),
  )
  return wasm.assemble({ params, locals, body, shared: false })
}

const interleaveLow = range(16).map((i) => (i >> 1) + (i % 2) * 16)
const interleaveHigh = interleaveLow.map((place) => place + 8)
