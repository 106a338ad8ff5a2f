import { readRun } from "../arguments.js"
import { type Backend, isDeviceArray, type RunValue } from "../backend.js"
import { type Traced, traceGraph, type Values } from "../compile.js"
import { isFloat } from "../dtype.js"
import { type Graph, nodesOf } from "../graph.js"
import { isPrimitive } from "../op.js"
import { abs, mul } from "../ops/elementwise.js"
import { sum } from "../ops/sum.js"
import { optimise } from "../passes/index.js"
import { describeSite } from "../site.js"
import type { Node, Tensor } from "../tensor.js"

/** The first non-finite value of a run. */
export interface NonFinite {
  /** The op's name; `input` if the value was passed in. */
  readonly op: string
  /** Where the user's code called it. */
  readonly site: string
  /** The nearest named result or tap that depends on it; for an input, its path. */
  readonly toward: string
  /** The mean absolute value of each float input. */
  readonly inputs: readonly number[]
  /** For an input: the first non-finite element. */
  readonly element?: number
}

/**
 * Replays a function op by op and finds the first one with finite inputs and a non-finite output.
 * `values` are those of a run; nothing is overwritten. Takes about as long as a run and a
 * compilation. Undefined if everything is finite.
 */
export async function firstNonFinite<S, R>(
  backend: Backend,
  f: (inputs: Traced<S>) => R,
  { specs, values }: { readonly specs: S; readonly values: Values<S> },
): Promise<NonFinite | undefined> {
  const { graph } = traceGraph(f, specs, { taps: true })
  const nodes = nodesOf(graph.outputs.map((o) => o.tensor))
  const watched = nodes.flatMap((n) => n.outputs.filter((t) => isFloat(t.dtype)))
  const sizes = await meanSizes(backend, graph, { watched, values })
  const bad = (t: Tensor) => sizes.has(t) && !Number.isFinite(sizes.get(t))
  // A constant may be infinite on purpose, for example to mask a softmax.
  const first = nodes.find(
    (n) => n.op.name !== "constant" && n.outputs.some(bad) && !n.inputs.some(bad),
  )
  if (first === undefined) return undefined
  const found = {
    op: first.op.name,
    site: describeSite(first.site),
    inputs: first.inputs.flatMap((t) => sizes.get(t) ?? []),
  }
  if (found.op !== "input") return { ...found, toward: nearest(graph, nodes, first) }
  const index = graph.inputs.findIndex((i) => i.tensor.node === first)
  const element = await firstBad(readRun(undonated(graph), values, backend)[index])
  return { ...found, toward: graph.inputs[index].path, element }
}

/** The mean absolute value of each tensor; not finite if an element is not. */
async function meanSizes(
  backend: Backend,
  graph: Graph,
  { watched, values }: { readonly watched: readonly Tensor[]; readonly values: unknown },
): Promise<Map<Tensor, number>> {
  const { inputs } = undonated(graph)
  const outputs = watched.map((t, i) => ({ path: `${i}`, tensor: sum(mul(abs(t), 1 / t.size)) }))
  const small = optimise({ inputs, outputs }, (op) => isPrimitive(op) || backend.supports(op))
  const program = await backend.compile(small, { name: "first non-finite" })
  const handles = program.run(readRun(small, values, backend))
  const sizes = await Promise.all(handles.map((handle) => handle.item()))
  for (const handle of handles) handle.dispose()
  await program.dispose()
  return new Map(watched.map((t, i) => [t, sizes[i]]))
}

const undonated = ({ inputs, outputs }: Graph): Graph => ({
  inputs: inputs.map((i) => ({ ...i, donated: false })),
  outputs,
})

/** The path of the first result that depends on `node`. */
function nearest({ outputs }: Graph, nodes: readonly Node[], node: Node): string {
  const order = new Map(nodes.map((n, i) => [n, i]))
  const later = [...outputs].sort((a, b) => order.get(a.tensor.node)! - order.get(b.tensor.node)!)
  const reached = later.find(({ tensor }) => nodesOf([tensor]).includes(node))
  return reached!.path.replace(/^taps\//, "")
}

async function firstBad(value: RunValue): Promise<number> {
  const data = isDeviceArray(value) ? await value.data() : value
  return typeof data === "number" ? 0 : data.findIndex((x: number) => !Number.isFinite(x))
}
