import {
  adamWStep,
  add,
  broadcast,
  cast,
  constant,
  div,
  exp,
  type Graph,
  gradients,
  type HostArray,
  indicator,
  isPrimitive,
  less,
  linear,
  mean,
  minimum,
  mul,
  optimise,
  reshape,
  type Spec,
  select,
  spec,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Traced,
  traceGraph,
  transpose,
} from "@tubelet/core"
import { fuseUpdates, splitUpdates } from "@tubelet/core/loops"
import { interpret } from "@tubelet/core/testing"
import { expect, test } from "vitest"
import { Arena, type Block } from "../../src/wasm/arena.js"
import { canLoop } from "../../src/wasm/kernel.js"
import { LoopRunner } from "../../src/wasm/runner.js"
import { runUpdates } from "../../src/wasm/updates.js"
import { noise } from "./loops.js"

type Values = ReturnType<typeof interpret>[number]

/** Runs a graph's updates in an arena, donated outputs in place, next to the interpreter. */
function run(graph: Graph, steps = 1) {
  const program = fuseUpdates(graph, canLoop)
  const runner = new LoopRunner(new Arena())
  const blockOf = ({ size }: Tensor) => runner.arena.allocate(4 * size)
  const inputs = graph.inputs.map(({ tensor }, i) => {
    const block = blockOf(tensor)
    block.f32().set(noise(tensor.size, i + 1).map(Math.abs))
    return block
  })
  const outputs = graph.outputs.map((o) =>
    o.into === undefined ? blockOf(o.tensor) : inputs[o.into],
  )
  let state: Values[] = inputs.map((b) => Float64Array.from(b.f32()))
  let expected: Values[] = []
  for (let i = 0; i < steps; i++) {
    runUpdates(runner, program, graph, inputs, outputs)
    expected = interpret(graph, state)
    state = [...state]
    for (const [k, o] of graph.outputs.entries())
      if (o.into !== undefined) state[o.into] = expected[k]
  }
  return { program, expected, actual: outputs.map((b: Block): HostArray => b.f32()) }
}

function expectClose({ actual, expected }: ReturnType<typeof run>): void {
  for (const [k, values] of expected.entries()) {
    const error = Math.max(...values.map((x, i) => Math.abs(x - actual[k][i])))
    expect(error).toBeLessThanOrEqual(2e-6 * Math.max(...values.map(Math.abs)))
  }
}

const loopsOf = ({ program }: ReturnType<typeof run>) =>
  program.steps.flatMap((s) => (s.kind === "loop" ? [s] : []))

const shapes: Record<string, number[]> = { weight: [30, 20], bias: [20], other: [7, 3, 2] }
const specs = Object.fromEntries(Object.entries(shapes).map(([k, s]) => [k, spec("f32", s)]))
const scalar = spec("f32")

const stateSpecs = {
  params: specs,
  first: specs,
  second: specs,
  average: specs,
  grads: specs,
  rate: scalar,
  decay: scalar,
  correction1: scalar,
  correction2: scalar,
  count: scalar,
}

type State = Traced<typeof stateSpecs>

/** AdamW with a moving average of the weights; the gradient norm is an output, and may clip. */
function update(state: State, clip: boolean) {
  const names = Object.keys(shapes)
  const squares = names.map((k) => sum(square(state.grads[k])))
  const norm = sqrt(squares.reduce((a, b) => add(a, b)))
  const scale = clip ? minimum(div(0.5, add(norm, 1e-6)), 1) : 1
  const steps = names.map((k) => {
    const operands = { param: state.params[k], first: state.first[k], second: state.second[k] }
    const grad = mul(state.grads[k], scale)
    const { rate: learningRate, decay: weightDecay, correction1, correction2 } = state
    const next = adamWStep(
      { ...operands, grad, learningRate, weightDecay, correction1, correction2 },
      { beta1: 0.9, beta2: 0.95, eps: 1e-8 },
    )
    return { ...next, average: add(mul(state.average[k], 0.99), mul(next.param, 0.01)) }
  })
  const pick = (key: "param" | "first" | "second" | "average") =>
    Object.fromEntries(names.map((k, i) => [k, steps[i][key]]))
  return {
    params: pick("param"),
    first: pick("first"),
    second: pick("second"),
    average: pick("average"),
    count: add(state.count, 1),
    norm,
  }
}

/** A function as the graph of primitives that a backend receives. */
const graphOf = <S>(f: (inputs: Traced<S>) => unknown, from: S, donate: string[]): Graph =>
  optimise(traceGraph(f, from, { donate }).graph, isPrimitive)

const donated = ["params", "first", "second", "average", "count"]

test.each([true, false])("AdamW, averages and a norm over several steps, clipped: %s", (clip) => {
  const result = run(
    graphOf((state: State) => update(state, clip), stateSpecs, donated),
    3,
  )
  expectClose(result)
  const loops = loopsOf(result)
  expect(loops).toHaveLength(clip ? 6 : 3)
  expect(new Set(loops.map((l) => l.loop)).size).toBe(clip ? 2 : 1)
  expect(loops.map((l) => l.stores.length)).toEqual(clip ? [0, 0, 0, 4, 4, 4] : [4, 4, 4])
})

const pair = { a: spec("f32", [100]), b: spec("f32", [10, 10]) }

test("donated vectors may be swapped and mixed: all readers see the old values", () => {
  const graph = graphOf(
    ({ a, b, c }: Traced<typeof pair & { c: Spec }>) => ({
      a: reshape(b, [100]),
      b: add(reshape(a, [10, 10]), mul(c, 2)),
      c: sub(c, reshape(a, [10, 10])),
    }),
    { ...pair, c: spec("f32", [10, 10]) },
    ["a", "b", "c"],
  )
  const result = run(graph, 2)
  expectClose(result)
  expect(loopsOf(result)).toHaveLength(1)
})

test("sums that depend on sums, fills, constants, masks and untouched state", () => {
  const table = Float32Array.from({ length: 100 }, (_, i) => i % 7)
  const graph = graphOf(
    ({ a, b, kept }: Traced<typeof pair & { kept: Spec }>) => {
      const centred = sub(a, mul(sum(a), 0.01))
      const deviation = sqrt(sum(square(centred)))
      const positive = less(0, centred)
      return {
        a: select(positive, div(centred, deviation), constant(table)),
        b: broadcast(deviation, [10, 10]),
        kept,
        positives: sum(indicator(positive)),
        found: select(less(deviation, 1e9), deviation, 0),
        reads: mul(b, -0),
      }
    },
    { ...pair, kept: spec("f32", [5]) },
    ["a", "b", "kept"],
  )
  const result = run(graph)
  expectClose(result)
  expect(loopsOf(result).every((l) => !l.stores.includes(2))).toBe(true)
})

test("integer scalars count as integers", () => {
  const graph = graphOf(
    ({ count, a }: Traced<{ count: Spec; a: Spec }>) => ({
      count: add(count, 1),
      a: mul(a, cast(count, "f32")),
    }),
    { count: spec("i32"), a: spec("f32", [5]) },
    ["count", "a"],
  )
  const count = Int32Array.of(41)
  const a = Float32Array.of(1, 2, 3, 4, 5)
  const runner = new LoopRunner(new Arena())
  runUpdates(runner, fuseUpdates(graph, canLoop), graph, [count, a], [count, a])
  expect([...count, ...a]).toEqual([42, 41, 82, 123, 164, 205])
})

test("what is not an update is rejected by name", () => {
  const graph = graphOf(({ a }: Traced<{ a: Spec }>) => ({ a: exp(a) }), { a: pair.a }, ["a"])
  expect(() => fuseUpdates(graph, canLoop)).toThrow("exp cannot run in an elementwise loop")
  const moved = graphOf(
    ({ b }: Traced<{ b: Spec }>) => ({ b: transpose(b, 0, 1) }),
    { b: pair.b },
    ["b"],
  )
  expect(() => fuseUpdates(moved, canLoop)).toThrow("permute cannot run in an elementwise loop")
})

test("a training step is split after its gradients, and the parts compute the whole", () => {
  const model = { weight: spec("f32", [4, 6]), bias: spec("f32", [4]) }
  const all = { params: model, first: model, x: spec("f32", [5, 6]), rate: scalar }
  const graph = graphOf(
    ({ params, first, x, rate }: Traced<typeof all>) => {
      const loss = mean(square(linear(x, params.weight, params.bias)))
      const { grads } = gradients(loss, params)
      const weight = add(mul(first.weight, 0.9), grads.weight)
      const bias = add(mul(first.bias, 0.9), grads.bias)
      return {
        loss,
        norm: add(sum(square(grads.weight)), sum(square(grads.bias))),
        first: { weight, bias },
        params: {
          weight: sub(params.weight, mul(weight, rate)),
          bias: sub(params.bias, mul(bias, rate)),
        },
      }
    },
    all,
    ["params", "first"],
  )
  const { compute, update } = splitUpdates(graph, canLoop)
  const cut = update.inputs.slice(graph.inputs.length)
  expect(
    cut
      .filter((t) => t.tensor.size > 1)
      .map((t) => t.tensor.size)
      .sort(),
  ).toEqual([24, 4])
  expect(update.outputs.map((o) => o.path)).toEqual(expect.arrayContaining(["norm", "params/bias"]))
  const values = graph.inputs.map(({ tensor }, i) => Float64Array.from(noise(tensor.size, i)))
  const whole = interpret(graph, values)
  const parts = interpret(compute, values)
  const given = [
    ...values,
    ...cut.map((t) => parts[compute.outputs.findIndex((o) => o.path === t.path)]),
  ]
  const outputs = update.outputs.map((o) => new Float32Array(o.tensor.size))
  const inputs = given.map((v) => Float32Array.from(v))
  runUpdates(new LoopRunner(new Arena()), fuseUpdates(update, canLoop), update, inputs, outputs)
  for (const [i, { path }] of graph.outputs.entries()) {
    const at = update.outputs.findIndex((o) => o.path === path)
    const computed = at < 0 ? parts[compute.outputs.findIndex((o) => o.path === path)] : outputs[at]
    expect(computed).toHaveLength(whole[i].length)
    for (const [k, x] of whole[i].entries()) expect(computed[k]).toBeCloseTo(x, 4)
  }
})
