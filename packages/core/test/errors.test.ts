import { describe, expect, test } from "vitest"
import * as core from "../src/index.js"
import { input, spec, type Tensor } from "../src/index.js"

const t = (dtype: core.DType, ...shape: number[]): Tensor => input("x", spec(dtype, shape))
const f = (...shape: number[]): Tensor => t("f32", ...shape)

/** Invalid calls, and what their errors must say besides the user's line. */
const wrong: [string, () => unknown, string][] = [
  ["add", () => core.add(f(2, 3), f(4)), "add(f32[2,3], f32[4]): shapes do not broadcast: axis -1"],
  ["mul", () => core.mul(f(2), t("i32", 2)), "mul(f32[2], i32[2]): the dtypes differ"],
  ["exp", () => core.exp(t("i32", 2)), "exp(i32[2]): does not support this dtype"],
  ["add u8", () => core.add(t("u8", 2), 1), "add(u8[2], u8[2]): does not support this dtype"],
  ["select", () => core.select(f(2), f(2), f(2)), "select(f32[2], f32[2], f32[2]): expects a bool"],
  [
    "matmul",
    () => core.matmul(f(2, 3), f(4, 5)),
    "matmul(f32[2,3], f32[4,5]): inner dimensions (3 and 4)",
  ],
  [
    "matmul ranks",
    () => core.matmul(f(2, 3), f(1, 3, 5)),
    "matmul(f32[2,3], f32[1,3,5]): expects two",
  ],
  ["matmul batches", () => core.matmul(f(2, 2, 3), f(3, 3, 5)), "or batch dimensions differ"],
  [
    "matmul i32",
    () => core.matmul(t("i32", 2, 2), t("i32", 2, 2)),
    "expects floats of the same dtype",
  ],
  [
    "linear",
    () => core.linear(f(2, 3), f(5, 4)),
    "linear(f32[2,3], f32[5,4]): the input's last axis",
  ],
  ["linear bias", () => core.linear(f(2, 4), f(5, 4), f(4)), "the bias must be [5]"],
  [
    "softmax",
    () => core.softmax(t("bool", 3)),
    "softmax(bool[3]): expects floats of the same dtype",
  ],
  ["logSoftmax", () => core.logSoftmax(f()), "logSoftmax(f32[]): expects at least one axis"],
  ["layerNorm", () => core.layerNorm(f(2, 3), f(2), f(3)), "weight and bias of shape [3]"],
  ["attention", () => core.attention(f(1, 2, 3), f(1, 2, 3), f(1, 2, 3)), "attention(f32[1,2,3]"],
  ["sum", () => core.sum(f(2, 3), 2), "sum(f32[2,3]): has no axes [2]"],
  ["sum bool", () => core.sum(t("bool", 2)), "sum(bool[2]): expects floats or i32; cast it"],
  ["max", () => core.max(f(2, 3), -3), "max(f32[2,3]): has no axes [-1]"],
  ["mean", () => core.mean(t("i32", 2)), "mean(i32[2]): expects floats"],
  ["broadcast", () => core.broadcast(f(2), [3]), "broadcast(f32[2]): cannot be broadcast to [3]"],
  [
    "reshape",
    () => core.reshape(f(2, 3), [4, -1]),
    "reshape(f32[2,3]): cannot be reshaped to [4,1.5]",
  ],
  ["permute", () => core.permute(f(2, 3), [0, 0]), "permute(f32[2,3]): [0,0] is not a permutation"],
  ["transpose", () => core.transpose(f(2, 3), 0, 2), "transpose(f32[2,3]): has no axis 2"],
  ["slice", () => core.slice(f(3), 0, 2, 5), "slice(f32[3]): does not contain the box [2] to [5]"],
  ["slice axis", () => core.slice(f(3), 1, 0, 2), "slice(f32[3]): has no axis 1"],
  [
    "split",
    () => core.split(f(2, 5), 2),
    "split(f32[2,5]): axis -1 cannot be split into 2 equal parts",
  ],
  ["pad", () => core.pad(f(2), [1, 1], [0, 0]), "pad(f32[2]): expects low and high >= 0"],
  [
    "concat",
    () => core.concat([f(2, 3), f(2, 4)]),
    "concat(f32[2,3], f32[2,4]): shapes differ outside axis 0",
  ],
  ["concat none", () => core.concat([]), "concat(): expects at least one tensor"],
  [
    "gatherRows",
    () => core.gatherRows(f(2, 3), f(2)),
    "gatherRows(f32[2,3], f32[2]): expects a table",
  ],
  ["scatterRows", () => core.scatterRows(f(2, 3), t("i32", 3), 4), "expects one i32 index per row"],
  [
    "gatherTokens",
    () => core.gatherTokens(f(2, 3), t("i32", 3)),
    "expects [B, N, ...] and i32 [B, K]",
  ],
]

describe("an invalid call names the op, the shapes and the user's line", () => {
  test.each(wrong)("%s", (_, call, message) => {
    expect(call).toThrow(core.ShapeError)
    expect(call).toThrow(message)
    expect(call).toThrow(/at .*errors\.test\.ts:\d+:\d+$/)
  })
})

test("the line is that of the call", () => {
  const lineOf = (call: () => unknown): number => {
    try {
      call()
    } catch (error) {
      return Number(/errors\.test\.ts:(\d+)/.exec((error as Error).message)![1])
    }
    throw new Error("nothing was thrown")
  }
  const first = lineOf(() => core.matmul(f(2, 3), f(2, 3)))
  const second = lineOf(() => core.matmul(f(2, 3), f(2, 3)))
  expect(second - first).toBe(1)
})

test("a node made by a gradient or a pass keeps the line of the node it comes from", () => {
  const { graph } = core.traceGraph(
    ({ x }) => {
      const y = core.softmax(x)
      return core.gradients(core.sum(core.square(y)), { x })
    },
    { x: spec("f32", [3]) },
  )
  const lowered = core.optimise(graph, core.isPrimitive)
  const lines = core
    .graphNodes(lowered)
    .map((node) => /errors\.test\.ts:\d+/.exec(core.describeSite(node.site))?.[0])
  expect(lines).not.toContain(undefined)
  expect(new Set(lines).size).toBeGreaterThan(1)
})

describe("constants", () => {
  test("must fill their shape", () => {
    expect(() => core.constant([1, 2], [3])).toThrow("got 2 elements for shape [3]")
  })
  test("must be integers if the other operand is", () => {
    expect(() => core.mul(t("i32", 2), 0.5)).toThrow("constant: 0.5 is not a valid i32")
  })
  test("are copied", async () => {
    const data = Float32Array.of(1, 2)
    const { node } = core.constant(data)
    data[0] = 9
    expect((node.attrs as { data: Float32Array }).data[0]).toBe(1)
  })
})

test("the loss must be a float scalar", () => {
  expect(() => core.gradients(f(2), { x: f(2) })).toThrow(
    "the loss is f32[2], expected a float scalar",
  )
})

test("an error's message is its problem and its advice, on separate lines", () => {
  const { problem, advice, message } = new core.TubeletError("no\nspace", "free some")
  expect([problem, advice, message]).toEqual(["no\nspace", "free some", "no\nspace\nfree some"])
  expect(new core.TubeletError("no space").message).toBe("no space")
})
