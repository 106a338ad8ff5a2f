import { type Graph, nodesOf, readersOf } from "../graph.js"
import { isMap, isSource } from "../op.js"
import type { Node, Tensor } from "../tensor.js"

/** Whether a backend's loops support an elementwise op. */
export type CanLoop = (op: string) => boolean

const isLane = ({ dtype }: Tensor): boolean => dtype === "f32" || dtype === "bool"
const isWide = ({ size }: Tensor): boolean => size > 1

/** Ops that are the identity on a scalar. */
export const isScalarIdentity = (op: string): boolean =>
  op === "reshape" || op === "broadcast" || op === "sum" || op === "max"

/** Whether a node can be part of a loop, a full sum, or scalar arithmetic. */
export function isUpdate(node: Node, canLoop: CanLoop): boolean {
  const { op, inputs, outputs } = node
  const [x] = inputs
  const [y] = outputs
  if (outputs.length !== 1 || x === undefined) return false
  if (!isWide(y)) {
    if (inputs.some(isWide)) return op.name === "sum" && x.dtype === "f32"
    return isMap(node) || isScalarIdentity(op.name)
  }
  if (![...inputs, y].every(isLane)) return false
  if (op.name === "broadcast") return !isWide(x)
  return op.name === "reshape" || op.name === "cast" ? y.dtype === "f32" : canLoop(op.name)
}

/** A graph cut in two, both parts made of the original's tensors. */
export interface Split {
  /**
   * Runs first. Its outputs are those that `update` does not produce, then the tensors at the cut.
   */
  readonly compute: Graph
  /**
   * Loops and scalars only. It produces every donated output (except integer vectors). Its inputs
   * are all inputs of the graph in order, then the tensors at the cut.
   */
  readonly update: Graph
}

/**
 * Separates the state updates of a graph: donated outputs that loops over equal elements can
 * compute, such as optimizer steps, moving averages, clipping and accumulation. Other outputs that
 * need no further tensor at the cut come along, such as a reported norm. Nothing in `compute`
 * depends on `update`.
 */
export function splitUpdates(graph: Graph, canLoop: CanLoop): Split {
  const nodes = nodesOf(graph.outputs.map((o) => o.tensor))
  const readers = readersOf(nodes)
  const shown = new Set(graph.outputs.map((o) => o.tensor))
  const possible = new Set(
    nodes.filter((node) => {
      const [y] = node.outputs
      return isUpdate(node, canLoop) && !(shown.has(y) && isWide(y) && y.dtype !== "f32")
    }),
  )
  close(possible, nodes, readers)
  const chosen = leadingTo(graph, possible, nodes, readers)
  const cut = new Set([...chosen].flatMap((n) => n.inputs.filter((t) => isCut(t, chosen))))
  for (const node of nodes) {
    const reachable = (t: Tensor) => cut.has(t) || !isCut(t, chosen)
    if (possible.has(node) && node.inputs.every(reachable)) chosen.add(node)
  }
  close(chosen, nodes, readers)
  return parts(graph, chosen)
}

const isCut = ({ node }: Tensor, chosen: ReadonlySet<Node>): boolean =>
  !chosen.has(node) && !isSource(node)

/** Drops nodes that an outside node reads, and those that would need a mask from outside. */
function close(
  chosen: Set<Node>,
  nodes: readonly Node[],
  readers: ReadonlyMap<Tensor, readonly Node[]>,
): void {
  const fits = (node: Node): boolean =>
    node.outputs.every((t) => (readers.get(t) ?? []).every((reader) => chosen.has(reader))) &&
    node.inputs.every((t) => !isWide(t) || t.dtype === "f32" || chosen.has(t.node))
  for (let before = -1; before !== chosen.size; ) {
    before = chosen.size
    for (const node of [...nodes].reverse()) if (!fits(node)) chosen.delete(node)
  }
}

/** The nodes of `possible` on paths to a donated output. */
function leadingTo(
  graph: Graph,
  possible: ReadonlySet<Node>,
  nodes: readonly Node[],
  readers: ReadonlyMap<Tensor, readonly Node[]>,
): Set<Node> {
  const donated = new Set(graph.outputs.filter((o) => o.into !== undefined).map((o) => o.tensor))
  const chosen = new Set<Node>()
  for (const node of [...nodes].reverse()) {
    const leads = (t: Tensor) => donated.has(t) || readers.get(t)?.some((n) => chosen.has(n))
    if (possible.has(node) && node.outputs.some(leads)) chosen.add(node)
  }
  return chosen
}

function parts(graph: Graph, chosen: ReadonlySet<Node>): Split {
  const late = ({ tensor, into }: Graph["outputs"][number]) =>
    chosen.has(tensor.node) || (into !== undefined && (!isWide(tensor) || tensor.dtype === "f32"))
  const outputs = graph.outputs.filter(late)
  const needed = [...[...chosen].flatMap((n) => n.inputs), ...outputs.map((o) => o.tensor)]
  const cut = [...new Set(needed)].filter((t) => isCut(t, chosen))
  const named = cut.map((tensor, i) => ({ path: `cut/${i}`, tensor }))
  return {
    compute: {
      inputs: graph.inputs,
      outputs: [...graph.outputs.filter((o) => !late(o)), ...named],
    },
    update: {
      inputs: [...graph.inputs, ...named.map((t) => ({ ...t, donated: false }))],
      outputs,
    },
  }
}
