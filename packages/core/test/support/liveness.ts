import { bytesPerElement, type Graph, graphNodes, type Tensor } from "../../src/index.js"

const bytesOf = (t: Tensor): number => t.size * bytesPerElement(t.dtype)

/** Peak live bytes if nodes run in order and each value dies after its last use. */
export function peakBytes(graph: Graph): number {
  const nodes = graphNodes(graph)
  const lastUse = new Map<Tensor, number>()
  for (const [i, node] of nodes.entries()) for (const t of node.inputs) lastUse.set(t, i)
  for (const { tensor } of graph.outputs) lastUse.set(tensor, nodes.length)
  let alive = 0
  let peak = 0
  for (const [i, node] of nodes.entries()) {
    for (const t of node.outputs) if (lastUse.has(t)) alive += bytesOf(t)
    peak = Math.max(peak, alive)
    for (const t of new Set(node.inputs)) if (lastUse.get(t) === i) alive -= bytesOf(t)
  }
  return peak
}
