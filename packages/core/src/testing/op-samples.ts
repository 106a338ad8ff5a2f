import type { DType, Shape } from "../dtype.js"
import { spec } from "../dtype.js"
import { adamWStep } from "../ops/adamw.js"
import { attention } from "../ops/attention.js"
import { allReduce } from "../ops/collective.js"
import { clamp, indicator, select } from "../ops/elementwise.js"
import { gatherRows, gatherTokens, scatterRows } from "../ops/index-rows.js"
import { crossEntropy, squaredError } from "../ops/loss.js"
import { linear, matmul } from "../ops/matmul.js"
import { l2Normalise, layerNorm, logSoftmax, softmax } from "../ops/normalise.js"
import { max, mean, variance } from "../ops/reduce.js"
import {
  barrier,
  cast,
  concat,
  pad,
  permute,
  reshape,
  slice,
  split,
  transpose,
} from "../ops/shape.js"
import { constant } from "../ops/source.js"
import { broadcast, sum } from "../ops/sum.js"
import type { Tensor } from "../tensor.js"
import { elementwiseSamples } from "./elementwise-samples.js"
import { f32, indices, type Sample, type SampleInput } from "./samples.js"

type Call = Sample["call"]
type Row = readonly [what: string, inputs: readonly SampleInput[], call: Call]

const rows = (op: string, ...list: readonly Row[]): Sample[] =>
  list.map(([what, inputs, call]) => ({ op, name: `${op} ${what}`, inputs, call }))

/** One row for each dtype of an op that only moves elements. */
const moved = (
  dtypes: readonly DType[],
  op: string,
  what: string,
  shapes: readonly Shape[],
  call: Call,
): Sample[] =>
  dtypes.flatMap((dtype) =>
    rows(op, [`${what} ${dtype}`, shapes.map((shape) => spec(dtype, shape)), call]),
  )

function movers(dtypes: readonly DType[]): Sample[] {
  const move = (op: string, what: string, shapes: readonly Shape[], call: Call) =>
    moved(dtypes, op, what, shapes, call)
  return [
    ...move("broadcast", "a scalar", [[]], (x) => broadcast(x, [3, 2])),
    ...move("broadcast", "inner and new axes", [[3, 1, 2]], (x) => broadcast(x, [2, 3, 5, 2])),
    ...move("reshape", "with an inferred axis", [[3, 4, 2]], (x) => reshape(x, [2, -1, 3])),
    ...move("reshape", "to a scalar", [[1, 1]], (x) => reshape(x, [])),
    ...move("permute", "rank 2", [[3, 5]], (x) => permute(x, [1, 0])),
    ...move("permute", "rank 5", [[2, 3, 1, 2, 3]], (x) => permute(x, [3, 0, 4, 2, 1])),
    ...move("transpose", "outer axes", [[2, 3, 5]], (x) => transpose(x, 0, -1)),
    ...move("slice", "inside", [[3, 7, 2]], (x) => slice(x, 1, 2, -1)),
    ...move("slice", "one row", [[5]], (x) => slice(x, 0, 4)),
    ...move("split", "in three", [[2, 6]], (x) => split(x, 3)),
    ...move("pad", "both sides", [[2, 3]], (x) => pad(x, [1, 0], [0, 2])),
    ...move(
      "concat",
      "last axis",
      [
        [2, 1],
        [2, 3],
        [2, 2],
      ],
      (...x) => concat(x, -1),
    ),
    ...move("concat", "with itself", [[2, 3]], (x) => concat([x, x], 0)),
    ...move("barrier", "after another", [[2, 3], [4]], (x, y) => barrier(x, y)),
    ...move("allReduce", "on one rank", [[2, 3]], (x) => allReduce(x)),
  ]
}

function selections(dtypes: readonly DType[]): Sample[] {
  return dtypes.flatMap((dtype) => [
    ...rows(
      "select",
      [
        `${dtype}`,
        [spec("bool", [3, 5]), spec(dtype, [3, 5]), spec(dtype, [3, 5])],
        (c, x, y) => select(c, x, y),
      ],
      [
        `broadcast ${dtype}`,
        [spec("bool", [4, 1]), spec(dtype, [3]), spec(dtype, [])],
        (c, x, y) => select(c, x, y),
      ],
      [`a number ${dtype}`, [spec("bool", [5]), spec(dtype, [5])], (c, x) => select(c, x, 1)],
    ),
    ...rows("gatherRows", [
      `repeated rows ${dtype}`,
      [spec(dtype, [4, 3]), indices([2, 3], [3, 0, 3, 3, 1, 0])],
      (table, at) => gatherRows(table, at),
    ]),
    ...rows("gatherTokens", [
      `repeated tokens ${dtype}`,
      [spec(dtype, [2, 4, 3]), indices([2, 3], [3, 0, 3, 1, 1, 2])],
      (x, at) => gatherTokens(x, at),
    ]),
    ...rows("constant", [
      `next to an input ${dtype}`,
      [spec(dtype, [2])],
      (x) => concat([x, constant([1, 0, 1], [3], dtype)]),
    ]),
  ])
}

function casts(dtypes: readonly DType[]): Sample[] {
  return dtypes.flatMap((from) =>
    dtypes.flatMap((to) => {
      const negativeToByte = to === "u8" && from !== "bool" && from !== "u8"
      const input = negativeToByte
        ? { ...spec(from, [5]), values: [0, 1, 7, 200, 255] }
        : spec(from, [5])
      return rows("cast", [`${from} to ${to}`, [input], (x) => cast(x, to)])
    }),
  )
}

const reductions = [
  ...[
    { op: "sum", reduce: sum },
    { op: "max", reduce: max },
  ].flatMap(({ op, reduce }) =>
    rows(
      op,
      ["everything", [f32([3, 5])], (x) => reduce(x)],
      ["the last axis", [f32([2, 3, 5])], (x) => reduce(x, -1)],
      ["two axes, kept", [f32([2, 3, 2, 3])], (x) => reduce(x, [0, 2], { keepDims: true })],
      ["a leading axis", [f32([7, 2])], (x) => reduce(x, 0)],
      ["an axis of one", [f32([3, 1, 2])], (x) => reduce(x, 1)],
      ["i32", [spec("i32", [3, 5])], (x) => reduce(x, 1)],
    ),
  ),
  ...rows(
    "mean",
    ["everything", [f32([3, 5])], (x) => mean(x)],
    ["tokens", [f32([2, 7, 3])], (x) => mean(x, 1)],
  ),
  ...rows(
    "variance",
    ["unbiased", [f32([3, 5])], (x) => variance(x, -1)],
    ["biased, kept", [f32([2, 4, 3])], (x) => variance(x, 1, { keepDims: true, correction: 0 })],
  ),
  ...rows("max", [
    "with ties",
    [{ ...f32([2, 3]), values: [1, 1, 0, 2, -1, 2] }],
    (x) => max(x, -1),
  ]),
]

const flags = [false, true]
const turned = (rows: number, columns: number, yes: boolean): Shape =>
  yes ? [columns, rows] : [rows, columns]

const matrices = [
  ...flags.flatMap((transposeA) =>
    flags.flatMap((transposeB) => {
      const [a, b] = [turned(3, 5, transposeA), turned(5, 2, transposeB)]
      const call: Call = (x, y) => matmul(x, y, { transposeA, transposeB })
      const mark = `${transposeA ? "T" : "N"}${transposeB ? "T" : "N"}`
      return rows(
        "matmul",
        [`${mark}`, [f32(a), f32(b)], call],
        [`batched ${mark}`, [f32([2, 3, ...a]), f32([2, 3, ...b])], call],
      )
    }),
  ),
  ...rows(
    "matmul",
    ["one by one", [f32([1, 1]), f32([1, 1])], (x, y) => matmul(x, y)],
    ["a row, a column", [f32([1, 17]), f32([17, 1])], (x, y) => matmul(x, y)],
    ["with itself, transposed", [f32([4, 3])], (x) => matmul(x, x, { transposeB: true })],
  ),
  ...rows(
    "linear",
    ["rank 3", [f32([2, 3, 5]), f32([4, 5]), f32([4])], (x, w, b) => linear(x, w, b)],
    ["rank 1", [f32([5]), f32([4, 5]), f32([4])], (x, w, b) => linear(x, w, b)],
    ["without bias", [f32([3, 5]), f32([1, 5])], (x, w) => linear(x, w)],
    ["to one output", [f32([2, 2, 3]), f32([1, 3]), f32([1])], (x, w, b) => linear(x, w, b)],
  ),
]

const norms = [
  ...[
    { op: "softmax", f: softmax },
    { op: "logSoftmax", f: logSoftmax },
  ].flatMap(({ op, f }) =>
    rows(
      op,
      ["rank 1", [f32([7])], (x) => f(x)],
      ["rank 4", [f32([2, 1, 3, 5])], (x) => f(x)],
      ["of large numbers", [f32([2, 3], [80, 99])], (x) => f(x)],
      ["a row of one", [f32([3, 1])], (x) => f(x)],
    ),
  ),
  ...rows(
    "layerNorm",
    ["rank 2", [f32([3, 7]), f32([7]), f32([7])], (x, w, b) => layerNorm(x, w, b)],
    ["rank 3", [f32([2, 3, 4]), f32([4]), f32([4])], (x, w, b) => layerNorm(x, w, b, 1e-5)],
    ["rank 1", [f32([5]), f32([5]), f32([5])], (x, w, b) => layerNorm(x, w, b)],
  ),
  ...rows("l2Normalise", ["rows", [f32([2, 3, 4])], (x) => l2Normalise(x)]),
]

const heads = (tokens: number): SampleInput => f32([2, 2, tokens, 3])

const models = [
  ...rows(
    "attention",
    ["itself", [heads(5), heads(5), heads(5)], (q, k, v) => attention(q, k, v)],
    ["across", [heads(2), heads(7), heads(7)], (q, k, v) => attention(q, k, v)],
    ["one token", [heads(1), heads(1), heads(1)], (q, k, v) => attention(q, k, v)],
    ["scaled", [heads(3), heads(3), heads(3)], (q, k, v) => attention(q, k, v, { scale: 0.3 })],
  ),
  ...rows(
    "scatterRows",
    ["distinct", [f32([3, 2]), indices([3], [4, 0, 2])], (rows, at) => scatterRows(rows, at, 5)],
    [
      "adding up",
      [f32([2, 3, 2]), indices([2, 3], [1, 1, 0, 3, 1, 3])],
      (rows, at) => scatterRows(rows, at, 4),
    ],
  ),
  ...rows("squaredError", [
    "tokens",
    [f32([2, 3, 5]), f32([2, 3, 5])],
    (x, y) => squaredError(x, y),
  ]),
  ...rows("crossEntropy", [
    "soft targets",
    [f32([3, 5]), f32([3, 5], [0, 1])],
    (x, t) => crossEntropy(x, t),
  ]),
  ...[[3, 5], [4], []].map((shape) => adamWSample(shape)),
]

function adamWSample(shape: Shape): Sample {
  const state = [f32(shape), f32(shape), f32(shape), f32(shape, [0.1, 2])]
  const scalars = [f32([], [0.1, 0.2]), f32([], [0, 0.3]), f32([], [0.1, 0.9]), f32([], [0.1, 0.9])]
  const call = (...x: Tensor[]) => {
    const [param, grad, first, second, learningRate, weightDecay, correction1, correction2] = x as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ]
    const moments = { first, second, correction1, correction2 }
    const attrs = { beta1: 0.9, beta2: 0.95, eps: 1e-8 }
    const next = adamWStep({ param, grad, learningRate, weightDecay, ...moments }, attrs)
    return [next.param, next.first, next.second]
  }
  return { op: "adamWStep", name: `adamWStep [${shape}]`, inputs: [...state, ...scalars], call }
}

const floating = [
  ...rows("clamp", ["both ends", [f32([17])], (x) => clamp(x, -1, 2)]),
  ...rows("indicator", ["of a condition", [spec("bool", [5])], (x) => indicator(x)]),
]

const plain: readonly DType[] = ["f32", "i32", "u8", "bool"]

/** The f32 inputs of samples as another float dtype. */
const retyped = (samples: readonly Sample[], dtype: DType): Sample[] =>
  samples
    .filter((s) => s.inputs.some((x) => x.dtype === "f32"))
    .map((s) => ({
      ...s,
      name: `${s.name} in ${dtype}`,
      inputs: s.inputs.map((x) => (x.dtype === "f32" ? { ...x, dtype } : x)),
    }))

/** Ops for 16-bit floats: sums and their operands stay f32. */
export const samplesIn = (dtype: "f16" | "bf16"): Sample[] => [
  ...movers([dtype]),
  ...selections([dtype]),
  ...casts(["f32", dtype]).filter((s) => s.name !== "cast f32 to f32"),
  ...retyped([...elementwiseSamples, ...matrices], dtype),
  ...rows("matmul", [
    `f32 of ${dtype}`,
    [spec(dtype, [3, 5]), spec(dtype, [4, 5])],
    (x, y) => matmul(x, y, { transposeB: true, out: "f32" }),
  ]),
]

/** Every op that core exports, in every dtype that it accepts. */
export const opSamples: readonly Sample[] = [
  ...elementwiseSamples,
  ...movers(plain),
  ...selections(plain),
  ...casts(plain),
  ...reductions,
  ...matrices,
  ...norms,
  ...models,
  ...floating,
]
