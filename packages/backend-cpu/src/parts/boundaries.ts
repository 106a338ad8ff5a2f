import { bytesOf, type Node, readersOf } from "@tubelet/core"

/** Inputs and constants exist from the start; a reshape is another view of the same bytes. */
const takesMemory = ({ op }: Node): boolean =>
  op.name !== "input" && op.name !== "constant" && op.name !== "reshape"

const made = (node: Node): number =>
  takesMemory(node) ? node.outputs.reduce((n, t) => n + bytesOf(t), 0) : 0

/** Live bytes between each node and the next. */
function liveBytes(nodes: readonly Node[]): Float64Array {
  const place = new Map(nodes.map((node, i) => [node, i]))
  const change = new Float64Array(nodes.length + 1)
  for (const [t, readers] of readersOf(nodes)) {
    const from = place.get(t.node)
    if (from === undefined || !takesMemory(t.node)) continue
    change[from] += bytesOf(t)
    change[Math.max(...readers.map((r) => place.get(r)!))] -= bytesOf(t)
  }
  let live = 0
  return change.map((d) => {
    live += d
    return live
  })
}

/**
 * Splits a list of nodes into runs that each produce at most `bytes` (unless one node produces
 * more) and at least half of it, cutting where the least memory is live: between the blocks of a
 * transformer. Returns the run number of each node.
 */
export function runsOf(nodes: readonly Node[], bytes: number): Map<Node, number> {
  const live = liveBytes(nodes)
  const runs = new Map<Node, number>()
  for (let start = 0, run = 0; start < nodes.length; run++) {
    const end = endOfRun(nodes, live, start, bytes)
    for (const node of nodes.slice(start, end)) runs.set(node, run)
    start = end
  }
  return runs
}

function endOfRun(
  nodes: readonly Node[],
  live: Float64Array,
  start: number,
  bytes: number,
): number {
  let total = 0
  let best = -1
  for (let i = start; i < nodes.length; i++) {
    total += made(nodes[i])
    if (total > bytes && best >= 0) return best + 1
    if (total >= bytes / 2 && (best < 0 || live[i] <= live[best])) best = i
    if (total > bytes) return i + 1
  }
  return nodes.length
}
