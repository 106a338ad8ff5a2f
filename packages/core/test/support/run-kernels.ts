import type { ElementwiseRow, Graph, HostArray, Tensor } from "../../src/index.js"
import {
  apply,
  elementwiseOps,
  graphNodes,
  input,
  isPrimitive,
  lower,
  Node,
  toNumbers,
} from "../../src/index.js"
import {
  type Expression,
  type Kernel,
  type LoopNest,
  type Matmul,
  type OpaqueKernel,
  type Position,
  positionOf,
  type Schedule,
  type Store,
  type Strided,
} from "../../src/schedule/index.js"
import { interpret } from "../../src/testing/index.js"
import { kernels as wholes } from "../../src/testing/kernels.js"

type Variables = Readonly<Record<string, number>>
type Memory = Map<Tensor, Float64Array>

interface Point {
  readonly variables: Variables
  readonly results: readonly number[]
  readonly memory: ReadonlyMap<Tensor, Float64Array>
}

export function positionAt(p: Position, variables: Variables, read = unknown): number {
  return p.terms.reduce((sum, { factor, atom }) => {
    if (atom.kind === "variable") return sum + factor * variables[atom.name]
    if (atom.kind === "loaded") return sum + factor * read(atom.value)
    const of = positionAt(atom.of, variables, read)
    const whole = Math.floor(of / atom.by)
    return sum + factor * (atom.kind === "quotient" ? whole : of - atom.by * whole)
  }, p.offset)
}

const unknown = (x: Expression): number => {
  throw new Error(`nothing holds ${x.key}`)
}

const rows = elementwiseOps as Record<string, { elementwise?: ElementwiseRow }>

export function elementOf(x: Expression, point: Point): number {
  const value = (y: Expression) => elementOf(y, point)
  const position = (p: Position) => positionAt(p, point.variables, value)
  if (x.kind === "literal") return x.value
  if (x.kind === "result") return point.results[x.number]
  if (x.kind === "load") {
    const element = point.memory.get(x.tensor)![position(x.at)]
    if (element === undefined) throw new RangeError(`a read outside of ${x.tensor.node.op.name}`)
    return element
  }
  if (x.kind === "guarded") {
    const at = position(x.position)
    return value(x.low <= at && at < x.high ? x.value : x.otherwise)
  }
  if (x.op === "select") return value(value(x.args[0]) ? x.args[1] : x.args[2])
  const args = x.args.map(value)
  if (x.op === "cast") return wholes.cast(castTo(x), [Float64Array.of(args[0])])[0]
  return rows[x.op].elementwise!.evaluate(...args)
}

const castTo = (x: Expression): Node =>
  new Node(input("x", { dtype: "f32", shape: [] }).node.op, [], {}, [{ dtype: x.dtype, shape: [] }])

/** All values of a list are computed before the first store. */
function store(kernel: LoopNest | Matmul, stores: readonly Store[], point: Point, memory: Memory) {
  const values = stores.map((s) => elementOf(s.value, point))
  for (const [i, s] of stores.entries()) {
    memory.get(s.tensor)![positionAt(positionOf(kernel, s), point.variables)] = values[i]
  }
}

function runNest(kernel: LoopNest, memory: Memory): void {
  for (let o = 0; o < kernel.outer; o++) {
    const results: number[] = []
    for (const { op, value } of kernel.reductions) {
      let result = op === "sum" ? 0 : Number.NEGATIVE_INFINITY
      for (let r = 0; r < kernel.inner; r++) {
        const x = elementOf(value, { variables: { o, r }, results, memory })
        result = op === "sum" ? result + x : Math.max(result, x)
      }
      results.push(result)
    }
    store(kernel, kernel.outerStores, { variables: { o }, results, memory }, memory)
    for (let r = 0; r < kernel.inner; r++) {
      store(kernel, kernel.innerStores, { variables: { o, r }, results, memory }, memory)
    }
  }
}

function runMatmul(kernel: Matmul, memory: Memory): void {
  const element = (
    { tensor, offset, strides: [s, t, u] }: Strided,
    i: number,
    j: number,
    b: number,
  ) => memory.get(tensor)![offset + b * s + i * t + j * u]
  for (let b = 0; b < kernel.batch; b++) {
    for (let i = 0; i < kernel.m; i++) {
      for (let j = 0; j < kernel.n; j++) {
        let product = 0
        for (let p = 0; p < kernel.k; p++) {
          product += element(kernel.a, i, p, b) * element(kernel.b, p, j, b)
        }
        store(kernel, kernel.stores, { variables: { b, i, j }, results: [product], memory }, memory)
      }
    }
  }
}

/** Where the elements of `t` lie, in row-major order. */
function placesOf({ offset, strides }: Strided, t: Tensor): number[] {
  return Array.from({ length: t.size }, (_, flat) => {
    let [rest, at] = [flat, offset]
    for (let axis = t.rank - 1; axis >= 0; axis--) {
      at += (rest % t.shape[axis]) * strides[axis]
      rest = Math.floor(rest / t.shape[axis])
    }
    return at
  })
}

/** An op's results from the interpreter's kernel or its decomposition. */
function resultsOf(node: Node, values: readonly Float64Array[]): readonly Float64Array[] {
  const whole = wholes[node.op.name]
  if (whole) return [whole(node, values)]
  const inputs = node.inputs.map((t, i) => input(`${i}`, t))
  const outputs = apply(node.op, inputs, node.attrs)
  const graph: Graph = {
    inputs: inputs.map((tensor, i) => ({ path: `${i}`, tensor, donated: false })),
    outputs: outputs.map((tensor, i) => ({ path: `${i}`, tensor })),
  }
  return interpret(lower(graph, isPrimitive), values)
}

function runOpaque({ node, operands, results }: OpaqueKernel, memory: Memory): void {
  const inputs = operands.map((x, i) =>
    Float64Array.from(placesOf(x, node.inputs[i]), (at) => memory.get(x.tensor)![at]),
  )
  for (const [i, found] of resultsOf(node, inputs).entries()) {
    const { tensor } = results[i]
    const places = placesOf(results[i], node.outputs[i])
    for (const [n, at] of places.entries()) memory.get(tensor)![at] = found[n]
  }
}

function run(kernel: Kernel, memory: Memory): void {
  if (kernel.kind === "nest") runNest(kernel, memory)
  else if (kernel.kind === "matmul") runMatmul(kernel, memory)
  else runOpaque(kernel, memory)
}

/**
 * Interprets scheduled kernels literally, in double precision and in place where allowed. Returns
 * the graph's outputs.
 */
export function runKernels(
  graph: Graph,
  { kernels, inPlace }: Schedule,
  inputs: readonly Float64Array[],
): Float64Array[] {
  const memory: Memory = new Map()
  for (const [i, { tensor }] of graph.inputs.entries()) memory.set(tensor, inputs[i].slice())
  const given = new Map([...memory].map(([t, x]) => [t, x.slice()]))
  for (const { op, attrs, outputs } of graphNodes(graph)) {
    for (const t of outputs) {
      if (memory.has(t)) continue
      const old = inPlace.get(t)
      const isConstant = op.name === "constant"
      const own = isConstant
        ? toNumbers(attrs.data as HostArray, t.dtype)
        : new Float64Array(t.size)
      memory.set(t, old === undefined ? own : memory.get(old)!)
    }
  }
  for (const kernel of kernels) run(kernel, memory)
  return graph.outputs.map(({ tensor }) => given.get(tensor) ?? memory.get(tensor)!)
}
