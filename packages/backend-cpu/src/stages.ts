import { type Graph, graphNodes, input, type Node, rebuilt, type Tensor } from "@tubelet/core"
import { bytesOf } from "./pool.js"

/** A stretch of a graph that is loaded and run on its own. */
export interface Stage {
  /** With inputs and outputs of its own. */
  readonly graph: Graph
  /** The tensors of the whole graph behind `graph.inputs`. */
  readonly reads: readonly Tensor[]
  /** The tensors of the whole graph behind `graph.outputs`. */
  readonly makes: readonly Tensor[]
}

/** Ops that cost nothing: each stage has its own, instead of being handed a result. */
const free: ReadonlySet<string> = new Set(["input", "constant", "broadcast", "reshape"])

/**
 * Cuts a graph where `results`, gradients mostly, have reached `limit` bytes since the last cut:
 * they can be used up and their memory taken by those of the next stage. Among the places that
 * serve it takes the one that fewest bytes have to cross.
 */
export function cutStages(graph: Graph, results: ReadonlySet<Tensor>, limit: number): Stage[] {
  const wanted = new Set(graph.outputs.map((o) => o.tensor))
  const isFree = (node: Node) => free.has(node.op.name) && !node.outputs.some((t) => wanted.has(t))
  const work = graphNodes(graph).filter((node) => !isFree(node) && node.op.name !== "input")
  const uses = lastUses(work, isFree)
  const bounds = [0, ...cutsOf(work, uses, results, limit), work.length]
  const stages = bounds.slice(1).map((end, i) => {
    const nodes = work.slice(bounds[i], end)
    const made = nodes.flatMap((node) => node.outputs)
    const makes = made.filter((t) => wanted.has(t) || (uses.get(t) ?? -1) >= end)
    return stageOf(nodes, makes, isFree)
  })
  return stages.filter(({ makes }) => makes.length > 0)
}

/** The tensors that a value is made from by free ops. */
function sourcesOf(t: Tensor, isFree: (node: Node) => boolean): Tensor[] {
  if (!isFree(t.node) || t.node.op.name === "input") return [t]
  return t.node.inputs.flatMap((x) => sourcesOf(x, isFree))
}

/** The place in `work` of each tensor's last reader. */
function lastUses(work: readonly Node[], isFree: (node: Node) => boolean): Map<Tensor, number> {
  const uses = new Map<Tensor, number>()
  for (const [at, node] of work.entries()) {
    for (const t of node.inputs) for (const source of sourcesOf(t, isFree)) uses.set(source, at)
  }
  return uses
}

/** Bytes that a cut before each place would have to hand over. */
function crossing(work: readonly Node[], uses: ReadonlyMap<Tensor, number>): Float64Array {
  const change = new Float64Array(work.length + 2)
  for (const [at, node] of work.entries()) {
    for (const t of node.outputs) {
      const last = uses.get(t) ?? at
      change[at + 1]! += bytesOf(t)
      change[last + 1]! -= bytesOf(t)
    }
  }
  for (let i = 1; i < change.length; i++) change[i]! += change[i - 1]!
  return change
}

function cutsOf(
  work: readonly Node[],
  uses: ReadonlyMap<Tensor, number>,
  results: ReadonlySet<Tensor>,
  limit: number,
): number[] {
  const cost = crossing(work, uses)
  const cuts: number[] = []
  let since = 0
  let best: number | undefined
  for (const [at, node] of work.entries()) {
    for (const t of node.outputs) if (results.has(t)) since += bytesOf(t)
    if (since < limit) continue
    if (best === undefined || cost[at + 1]! < cost[best]!) best = at + 1
    if (since < 1.5 * limit && at + 1 < work.length) continue
    cuts.push(best)
    since = 0
    for (const later of work.slice(best, at + 1)) {
      for (const t of later.outputs) if (results.has(t)) since += bytesOf(t)
    }
    best = undefined
  }
  return cuts.filter((cut) => cut < work.length)
}

function stageOf(
  nodes: readonly Node[],
  makes: readonly Tensor[],
  isFree: (node: Node) => boolean,
): Stage {
  const become = new Map<Tensor, Tensor>()
  const reads: Tensor[] = []
  const inside = (t: Tensor): Tensor => {
    const known = become.get(t)
    if (known) return known
    if (isFree(t.node) && t.node.op.name !== "input") {
      const copy = rebuilt(t.node, t.node.inputs.map(inside))
      become.set(t, copy.outputs[t.index]!)
    } else {
      become.set(t, input(`${reads.length}`, t))
      reads.push(t)
    }
    return become.get(t)!
  }
  for (const node of nodes) {
    const copy = rebuilt(node, node.inputs.map(inside))
    for (const [i, t] of node.outputs.entries()) become.set(t, copy.outputs[i]!)
  }
  return {
    graph: {
      inputs: reads.map((t, i) => ({ path: `${i}`, tensor: become.get(t)!, donated: false })),
      outputs: makes.map((t, i) => ({ path: `${i}`, tensor: become.get(t)! })),
    },
    reads,
    makes,
  }
}
