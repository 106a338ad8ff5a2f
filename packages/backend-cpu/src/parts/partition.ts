import { type Graph, graphNodes, nodesOf, type Tensor } from "@tubelet/core"
import { runsOf } from "./boundaries.js"
import { keptBetween } from "./kept.js"

/** A graph as parts that run one after another, made of the graph's tensors. */
export interface Partition {
  /** The inputs of the graph and the results of earlier parts that it reads. */
  readonly parts: readonly Graph[]
  /** What parts keep for each other, possibly including results of the graph. */
  readonly kept: ReadonlySet<Tensor>
}

/**
 * Splits a graph into parts that each produce about `bytes` of tensors. Between parts, state is
 * updated, gradients are freed and other work runs. Inside a part, ONNX Runtime allocates only what
 * it needs.
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
  // A node counts as given if all its results do.
  const wanted = new Set(nodes.flatMap((node) => node.inputs.map((t) => t.node)))
  return given.filter((x) => wanted.has(x.tensor.node))
}
