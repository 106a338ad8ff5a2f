import { withSite } from "./site.js"
import { Node, type Tensor } from "./tensor.js"

export interface GraphInput {
  readonly path: string
  readonly tensor: Tensor
  /** Set when a run may overwrite the value: it is then a handle, and stays valid. */
  readonly donated: boolean
}

export interface GraphOutput {
  readonly path: string
  readonly tensor: Tensor
  /** The index of the donated input whose storage takes this output. */
  readonly into?: number
}

/** A traced function: what goes in, what comes out. The nodes hang between them. */
export interface Graph {
  readonly inputs: readonly GraphInput[]
  readonly outputs: readonly GraphOutput[]
}

/** The nodes that `tensors` need, each after all it reads. `stop` cuts the search. */
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

/** Sorts by dependency, ties by age: passes make new nodes late that others read early. */
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

/** Who reads each tensor. */
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
 * What a pass does to one node, given its already rewritten inputs: other outputs for it, or
 * undefined to keep it.
 */
export type Rule = (node: Node, inputs: readonly Tensor[]) => readonly Tensor[] | undefined

/**
 * Rewrites everything `tensors` need; returns what each old tensor became. What `become` already
 * holds is the frontier: nothing behind it is visited.
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

/** The same node on other inputs; itself when nothing changed. */
export const rebuilt = (node: Node, inputs: readonly Tensor[]): Node =>
  inputs.every((t, i) => t === node.inputs[i])
    ? node
    : new Node(node.op, inputs, node.attrs, node.outputs, node.site)

/** A pass: rewrites a graph node by node. Inputs stay the same tensors. */
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
