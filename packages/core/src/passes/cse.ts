import { type Graph, rebuilt, rewrite } from "../graph.js"
import { isCollective } from "../ops/collective.js"
import type { Node, Tensor } from "../tensor.js"

/** Larger constants are not compared. */
const comparable = 64

/**
 * Common-subexpression elimination: nodes with the same op, inputs and attributes become one,
 * except collectives.
 */
export function cse(graph: Graph): Graph {
  const first = new Map<string, Node>()
  const numbers = new Map<Tensor, number>()
  const numberOf = (t: Tensor): number => {
    const known = numbers.get(t)
    if (known !== undefined) return known
    numbers.set(t, numbers.size)
    return numbers.size - 1
  }
  return rewrite(graph, (node, inputs) => {
    const key = keyOf(node, inputs.map(numberOf))
    if (key === undefined) return undefined
    const twin = first.get(key)
    if (twin !== undefined) return twin.outputs
    const kept = rebuilt(node, inputs)
    first.set(key, kept)
    return kept.outputs
  })
}

function keyOf(node: Node, inputs: readonly number[]): string | undefined {
  if (node.op.name === "input" || isCollective(node.op)) return undefined
  if (node.op.name === "constant") {
    const { data, dtype, shape } = node.attrs as { data: ArrayLike<number> } & Record<
      string,
      unknown
    >
    if (data.length > comparable) return undefined
    const values = Array.from(data).map((x) => (Object.is(x, -0) ? "-0" : x))
    return `constant ${dtype} [${shape}] ${values}`
  }
  return `${node.op.name} ${inputs} ${JSON.stringify(node.attrs)}`
}
