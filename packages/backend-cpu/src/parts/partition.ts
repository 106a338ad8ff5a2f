import { type Graph, graphNodes, nodesOf, type Tensor } from "@tubelet/core"
import { runsOf } from "./boundaries.js"
import { keptBetween } from "./kept.js"

/** A graph as parts that run one after another. Tensors are those of the graph itself. */
export interface Partition {
  /** Inputs are the graph's, or what earlier parts keep; only those that are read. */
  readonly parts: readonly Graph[]
  /** What parts keep for each other; results of the graph may be among them. */
  readonly kept: ReadonlySet<Tensor>
}

/**
 * Cuts a graph into parts that each make some `bytes` of tensors. Between them state can be
 * updated and gradients freed, and other work gets its turn; inside one, ONNX Runtime holds what
 * it needs and no more.
 */
export function partition(graph: Graph, bytes: number): Partition {
  const nodes = graphNodes(graph)
  const runOf = runsOf(nodes, bytes)
  const kept = keptBetween(nodes, runOf)
  const count = Math.max(...runOf.values()) + 1
  const results = new Set(graph.outputs.map((o) => o.tensor))
  const parts = Array.from({ length: count }, (_, run): Graph => {
    const made = nodes
      .filter((node) => runOf.get(node) === run)
      .flatMap((node) => node.outputs)
      .filter((t) => kept.has(t) || results.has(t))
    const outputs = made.map((tensor, i) => ({ path: `${run}/${i}`, tensor }))
    const earlier = [...kept].filter((t) => runOf.get(t.node)! < run)
    return {
      inputs: read(
        outputs.map((o) => o.tensor),
        graph,
        earlier,
      ),
      outputs,
    }
  })
  return { parts: parts.filter((part) => part.outputs.length > 0), kept }
}

/** The inputs of a part: those of the graph and the earlier tensors that it reads. */
function read(outputs: readonly Tensor[], graph: Graph, earlier: readonly Tensor[]) {
  const given = [
    ...graph.inputs,
    ...earlier.map((tensor, i) => ({ path: `kept/${i}`, tensor, donated: false })),
  ]
  const isGiven = new Set(given.map((x) => x.tensor))
  const nodes = nodesOf(outputs, (node) => node.outputs.every((t) => isGiven.has(t)))
  // A node counts as given where all its results are.
  const wanted = new Set(nodes.flatMap((node) => node.inputs.map((t) => t.node)))
  return given.filter((x) => wanted.has(x.tensor.node))
}
