import { withSite } from "./site.js"
import { Node, type Tensor } from "./tensor.js"

export interface GraphInput {
  readonly path: string
  readonly tensor: Tensor
  /** Whether a run may overwrite the value, which must be a handle and stays valid. */
  readonly donated: boolean
}

export interface GraphOutput {
  readonly path: string
  readonly tensor: Tensor
  /** The index of the donated input whose storage this output takes over. */
  readonly into?: number
}

/** A traced function: inputs and outputs; the nodes are reachable from them. */
export interface Graph {
  readonly inputs: readonly GraphInput[]
  readonly outputs: readonly GraphOutput[]
}

/** The nodes that `tensors` depend on, in topological order. `stop` ends the search. */
export function nodesOf(
  tensors: Iterable<Tensor>,
  stop: (node: Node) => boolean = () => false,
): Node[] {
  const seen = new Set<Node>()
  const pending: Node[] = []
  const visit = (node: Node) => {
    if (seen.has(node) || stop(node)) return
    seen.add(node)
    pending.push(node)
  }
  for (const t of tensors) visit(t.node)
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const t of node.inputs) visit(t.node)
  }
  return depthOrder(seen)
}

/** Topological order; ties by age, since passes create nodes late that others need early. */
function depthOrder(nodes: Set<Node>): Node[] {
  const ordered: Node[] = []
  const done = new Set<Node>()
  const stack: [Node, number][] = []
  for (const root of [...nodes].sort((a, b) => a.id - b.id)) {
    if (done.has(root)) continue
    stack.push([root, 0])
    done.add(root)
    while (stack.length > 0) {
      const top = stack.at(-1)!
      const next = top[0].inputs[top[1]++]?.node
      if (next === undefined) ordered.push(stack.pop()![0])
      else if (nodes.has(next) && !done.has(next)) {
        done.add(next)
        stack.push([next, 0])
      }
    }
  }
  return ordered
}

export const graphNodes = (graph: Graph): Node[] => nodesOf(graph.outputs.map((o) => o.tensor))

/** The nodes that read each tensor. */
export function readersOf(nodes: readonly Node[]): Map<Tensor, Node[]> {
  const readers = new Map<Tensor, Node[]>()
  for (const node of nodes) {
    for (const t of new Set(node.inputs)) {
      const list = readers.get(t)
      if (list) list.push(node)
      else readers.set(t, [node])
    }
  }
  return readers
}

/**
 * A pass's rule for one node, given its rewritten inputs: replacement outputs, or undefined to keep
 * it.
 */
export type Rule = (node: Node, inputs: readonly Tensor[]) => readonly Tensor[] | undefined

/**
 * Rewrites everything that `tensors` depend on and returns the replacement of each old tensor.
 * Tensors already in `become` are the frontier: nothing behind them is visited.
 */
export function rewriteTensors(
  tensors: readonly Tensor[],
  rule: Rule,
  become: Map<Tensor, Tensor> = new Map(),
): Map<Tensor, Tensor> {
  const nodes = nodesOf(tensors, (node) => node.outputs.some((t) => become.has(t)))
  for (const node of nodes) {
    const inputs = node.inputs.map((t) => become.get(t) ?? t)
    const outputs = withSite(node.site, () => rule(node, inputs) ?? rebuilt(node, inputs).outputs)
    for (const [i, t] of node.outputs.entries()) {
      if (!become.has(t)) become.set(t, outputs[i])
    }
  }
  return become
}

/** The same node with other inputs; itself if they are unchanged. */
export const rebuilt = (node: Node, inputs: readonly Tensor[]): Node =>
  inputs.every((t, i) => t === node.inputs[i])
    ? node
    : new Node(node.op, inputs, node.attrs, node.outputs, node.site)

/** Rewrites a graph node by node. Input tensors stay the same. */
export function rewrite(graph: Graph, rule: Rule): Graph {
  const become = rewriteTensors(
    graph.outputs.map((o) => o.tensor),
    rule,
  )
  return {
    inputs: graph.inputs,
    outputs: graph.outputs.map((o) => ({ ...o, tensor: become.get(o.tensor)! })),
  }
}
