import { expect, test } from "vitest"
import { Arrays, erf, javascript } from "../../../../examples/small-backend/dialect.js"
import { lowerLoopNest, Source } from "../../src/codegen/index.js"
import {
  add,
  concat,
  gatherRows,
  isPrimitive,
  max,
  mul,
  optimise,
  pad,
  slice,
  softmax,
  spec,
  sum,
  traceGraph,
} from "../../src/index.js"
import { schedule } from "../../src/schedule/index.js"
import { interpret } from "../../src/testing/index.js"

/** An array that throws on out-of-bounds access. */
function checked(length: number): Float64Array {
  const within = (key: PropertyKey) => {
    if (typeof key === "string" && !(key in data)) throw new RangeError(`element ${key}`)
  }
  const data = new Float64Array(length)
  return new Proxy(data, {
    get(_, key) {
      within(key)
      return Reflect.get(data, key, data)
    },
    set(_, key, value) {
      within(key)
      return Reflect.set(data, key, value, data)
    },
  })
}

const specs = { x: spec("f32", [5, 7]), y: spec("f32", [5, 3]), index: spec("i32", [4]) }

test.each([true, false])(
  "out-of-bounds reads happen only with robust access (%s)",
  (robustAccess) => {
    const { graph: traced } = traceGraph(
      ({ x, y, index }) => ({
        padded: pad(mul(x, x), [1, 0], [2, 3]),
        joined: concat([x, y, slice(x, 1, 2, 4)], 1),
        gathered: add(gatherRows(x, index), sum(x, [0])),
        rows: softmax(concat([y, x], 1)),
        columns: max(pad(x, [2, 1], [2, 0]), [0]),
      }),
      specs,
    )
    const graph = optimise(traced, isPrimitive)
    const inputs = graph.inputs.map(({ tensor: { dtype, size } }) =>
      Float64Array.from({ length: size }, (_, i) => (dtype === "i32" ? (3 * i) % 5 : Math.sin(i))),
    )
    const memory = new Map(graph.inputs.map(({ tensor }, i) => [tensor, checked(inputs[i].length)]))
    for (const [i, { tensor }] of graph.inputs.entries()) {
      for (const [k, x] of inputs[i].entries()) memory.get(tensor)![k] = x
    }
    const run = () => {
      for (const kernel of schedule(graph).kernels) {
        if (kernel.kind !== "nest") throw new Error(`a ${kernel.kind} among nests`)
        const arrays = new Arrays()
        const { code } = lowerLoopNest(kernel, new Source({ ...javascript, robustAccess }, arrays))
        const names = arrays.tensors.map((t) => arrays.nameOf(t))
        const data = arrays.tensors.map((t) => {
          if (!memory.has(t)) memory.set(t, checked(t.size))
          return memory.get(t)!
        })
        new Function("erf", ...names, code)(erf, ...data)
      }
    }
    if (robustAccess) return expect(run).toThrow(RangeError)
    run()
    for (const [i, wanted] of interpret(graph, inputs).entries()) {
      const found = memory.get(graph.outputs[i].tensor)!
      for (const [k, x] of wanted.entries()) expect(found[k]).toBeCloseTo(x, 6)
    }
  },
)
