import { isComparison, type Loop, type LoopOp, type Statement } from "@tubelet/core/loops"
import * as wasm from "@tubelet/core/wasm"

/** Whether loops support this op. */
export const canLoop = (op: string): op is LoopOp =>
  op === "select" || Object.hasOwn(wasm.f32x4, op)

/** A kernel bound to a memory. */
export interface BoundKernel {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly run: (...args: number[]) => void
}

/** Elements per test of the loop counter: four vectors of four. */
export const stripLength = 16

/** A running sum: four f64 lanes, so that it does not depend on how a run is split into chunks. */
export const sumBytes = 32

/**
 * A loop as a WebAssembly module. Its function is `run(n, sums, ...pointers of vector inputs,
 * ...pointers of stores, ...scalar inputs)`, where `sums` points to `sumBytes` per sum output,
 * which accumulate. For sums that do not depend on chunking, all chunks but the last must be
 * multiples of `stripLength`. `shared` describes the memory.
 */
export function assembleKernel(loop: Loop, shared = false): Uint8Array<ArrayBuffer> {
  const frame = frameOf(loop)
  const body = [
    ...prologue(loop, frame),
    ...strip(loop, frame, stripLength),
    ...strip(loop, frame, 1),
    ...epilogue(frame),
  ]
  return wasm.assemble({ params: frame.params, locals: frame.locals, body, shared })
}

/** The layout of locals: parameters first. */
interface Frame {
  readonly params: number[]
  readonly locals: number[]
  readonly n: number
  readonly sums: number
  readonly pointers: number[]
  readonly stores: number[]
  readonly scalars: number[]
  /** The local of each value. */
  readonly values: number[]
  /** Two locals per sum: elements 0 and 1, and elements 2 and 3, of every four. */
  readonly accumulators: [number, number][]
}

function frameOf({ inputs, body, outputs }: Loop): Frame {
  const params: number[] = []
  const locals: number[] = []
  const param = (type: number) => params.push(type) - 1
  const local = () => params.length + locals.push(wasm.v128) - 1
  const count = (kind: string) =>
    [...inputs, ...outputs.map((o) => o.kind)].filter((k) => k === kind)
  const [n, sums] = [param(wasm.i32), param(wasm.i32)]
  const pointers = count("vector").map(() => param(wasm.i32))
  const stores = count("store").map(() => param(wasm.i32))
  const scalars = count("scalar").map(() => param(wasm.f32))
  const values = [...inputs, ...body].map(local)
  const accumulators = count("sum").map((): [number, number] => [local(), local()])
  return { params, locals, n, sums, pointers, stores, scalars, values, accumulators }
}

/** Loads scalars and constants into registers once; sums continue from their previous values. */
function prologue({ inputs, body }: Loop, frame: Frame): wasm.Code {
  const scalars = [...frame.scalars]
  return [
    ...inputs.flatMap((kind, id) =>
      kind === "vector"
        ? []
        : [...wasm.get(scalars.shift()!), ...wasm.splat, ...wasm.set(frame.values[id])],
    ),
    ...body.flatMap((statement, i) =>
      statement.op === "constant"
        ? [...wasm.splatConst(statement.value), ...wasm.set(frame.values[inputs.length + i])]
        : [],
    ),
    ...frame.accumulators
      .flat()
      .flatMap((accumulator, i) => [
        ...wasm.get(frame.sums),
        ...wasm.load((sumBytes / 2) * i),
        ...wasm.set(accumulator),
      ]),
  ]
}

const epilogue = (frame: Frame): wasm.Code =>
  frame.accumulators
    .flat()
    .flatMap((accumulator, i) => [
      ...wasm.get(frame.sums),
      ...wasm.get(accumulator),
      ...wasm.store((sumBytes / 2) * i),
    ])

/** Repeats the body for `width` elements at a time while that many are left. */
function strip(loop: Loop, frame: Frame, width: number): wasm.Code {
  const lanes = Math.min(width, 4)
  const parts = Array.from({ length: width / lanes }, (_, i) =>
    elements(loop, frame, lanes, 16 * i),
  )
  const step = (local: number, change: wasm.Code, by: number) => [
    ...wasm.get(local),
    ...wasm.i32Const(by),
    ...change,
    ...wasm.set(local),
  ]
  return wasm.whileLoop(
    [...wasm.get(frame.n), ...wasm.i32Const(width), ...wasm.i32AtLeast],
    [
      ...parts.flat(),
      ...[...frame.pointers, ...frame.stores].flatMap((p) => step(p, wasm.i32Add, 4 * width)),
      ...step(frame.n, wasm.i32Sub, width),
    ],
  )
}

/** The body for four elements, or for one in lane 0, `offset` bytes past the pointers. */
function elements(loop: Loop, frame: Frame, lanes: number, offset: number): wasm.Code {
  const { inputs, body, outputs } = loop
  const pointers = [...frame.pointers]
  const stores = [...frame.stores]
  const accumulators = [...frame.accumulators]
  const read = lanes === 4 ? wasm.load(offset) : wasm.loadLane(offset)
  const write = lanes === 4 ? wasm.store(offset) : wasm.storeLane(offset)
  return [
    ...inputs.flatMap((kind, id) =>
      kind === "scalar"
        ? []
        : [...wasm.get(pointers.shift()!), ...read, ...wasm.set(frame.values[id])],
    ),
    ...body.flatMap((statement, i) => compute(loop, frame, statement, inputs.length + i)),
    ...outputs.flatMap(({ kind, value }) =>
      kind === "store"
        ? [...wasm.get(stores.shift()!), ...asNumber(loop, frame, value), ...write]
        : accumulate(asNumber(loop, frame, value), accumulators.shift()!, lanes),
    ),
  ]
}

function compute(loop: Loop, frame: Frame, { op, args }: Statement, id: number): wasm.Code {
  if (op === "constant") return []
  const result = wasm.set(frame.values[id])
  if (op !== "select") {
    return [...args.flatMap((arg) => asNumber(loop, frame, arg)), ...wasm.f32x4[op], ...result]
  }
  const [condition, x, y] = args as [number, number, number]
  return [
    ...asNumber(loop, frame, x),
    ...asNumber(loop, frame, y),
    ...asMask(loop, frame, condition),
    ...wasm.bitSelect,
    ...result,
  ]
}

/** Comparisons stay lane masks until a number is needed. */
const isMask = ({ inputs, body }: Loop, value: number): boolean =>
  value >= inputs.length && isComparison(body[value - inputs.length].op)

const asNumber = (loop: Loop, frame: Frame, value: number): wasm.Code =>
  isMask(loop, value)
    ? [...wasm.get(frame.values[value]), ...wasm.splatConst(1), ...wasm.and]
    : wasm.get(frame.values[value])

const asMask = (loop: Loop, frame: Frame, value: number): wasm.Code =>
  isMask(loop, value)
    ? wasm.get(frame.values[value])
    : [...wasm.get(frame.values[value]), ...wasm.zero, ...wasm.f32x4.notEqual]

/** Sums are f64: a norm over a hundred million gradients must not lose the small ones. */
function accumulate(value: wasm.Code, [low, high]: [number, number], lanes: number): wasm.Code {
  const addTo = (accumulator: number, addend: wasm.Code) => [
    ...wasm.get(accumulator),
    ...addend,
    ...wasm.f64x2Add,
    ...wasm.set(accumulator),
  ]
  if (lanes === 1) {
    const alone = [...value, ...wasm.lane0, ...wasm.f64Promote, ...wasm.replaceWideLane0]
    return addTo(low, [...wasm.zero, ...alone])
  }
  return [
    ...addTo(low, [...value, ...wasm.promoteLow]),
    ...addTo(high, [...value, ...value, ...wasm.highHalf, ...wasm.promoteLow]),
  ]
}
