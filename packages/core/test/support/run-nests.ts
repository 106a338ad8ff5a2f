import { Arrays, erf } from "../../../../examples/small-backend/dialect.js"
import {
  type DeviceTraits,
  type Dialect,
  lowerLoopNest,
  Source,
  type Storage,
} from "../../src/codegen/index.js"
import type { Graph, Tensor } from "../../src/index.js"
import { schedule } from "../../src/schedule/index.js"

/** An array that throws on out-of-bounds access. */
function checked(data: Float64Array): Float64Array {
  const within = (key: PropertyKey) => {
    if (typeof key === "string" && !(key in data)) throw new RangeError(`element ${key}`)
  }
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

/** What padding holds: as an index, it is far out of bounds. */
const garbage = 2 ** 20

/**
 * A JavaScript dialect with four lanes: each thread runs once per lane, and a vector is the value
 * that each of these runs has.
 */
export const fourLanes = (dialect: Dialect): Dialect => ({
  ...dialect,
  lanes: 4,
  program: (parts) =>
    dialect.program({
      ...parts,
      body: `for (let lane = 0; lane < 4; lane++) (() => {\n${parts.body}\n})()`,
    }),
})

const inLanes = (arrays: Arrays): Storage => ({
  ...arrays,
  each: arrays.at,
  quad: (t, i) => arrays.at(t, `4 * (${i}) + lane`),
  putQuad: (t, i, x) => arrays.put(t, `4 * (${i}) + lane`, x),
})

/**
 * Runs a graph of loop nests in JavaScript; returns its outputs. An access outside of a tensor and
 * its padding to a whole number of vectors throws.
 */
export function runNests(
  graph: Graph,
  inputs: readonly Float64Array[],
  dialect: Dialect,
  traits?: DeviceTraits,
): Float64Array[] {
  const memory = new Map<Tensor, Float64Array>()
  const memoryOf = (t: Tensor): Float64Array => {
    const { lanes } = dialect
    const known = memory.get(t)
    const data = known ?? new Float64Array(Math.ceil(t.size / lanes) * lanes).fill(garbage)
    memory.set(t, data)
    return data
  }
  for (const [i, { tensor }] of graph.inputs.entries()) memoryOf(tensor).set(inputs[i])
  for (const kernel of schedule(graph, dialect.limits).kernels) {
    if (kernel.kind !== "nest") throw new Error(`a ${kernel.kind} among nests`)
    const arrays = new Arrays()
    const source = new Source(dialect, dialect.lanes === 4 ? inLanes(arrays) : arrays)
    const { code } = lowerLoopNest(kernel, source, traits)
    const names = arrays.tensors.map((t) => arrays.nameOf(t))
    const data = arrays.tensors.map((t) => checked(memoryOf(t)))
    new Function("erf", ...names, code)(erf, ...data)
  }
  return graph.outputs.map(({ tensor }) => memoryOf(tensor).subarray(0, tensor.size))
}
