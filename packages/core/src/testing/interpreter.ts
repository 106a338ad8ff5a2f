import { TubeletError } from "../errors.js"
import type { Graph } from "../graph.js"
import { graphNodes } from "../graph.js"
import { describeSite } from "../site.js"
import type { Node, Tensor } from "../tensor.js"
import { kernels, type Values } from "./kernels.js"

/** Evaluates a graph of primitives in double precision, node by node. */
export function interpret(graph: Graph, inputs: readonly Values[]): Values[] {
  const known = new Map<Tensor, Values>(graph.inputs.map((x, i) => [x.tensor, inputs[i]]))
  for (const node of graphNodes(graph)) {
    if (node.op.name === "input") continue
    const operands = node.inputs.map((t) => known.get(t)!)
    known.set(node.outputs[0], evaluate(node, operands))
  }
  return graph.outputs.map((o) => known.get(o.tensor)!)
}

function evaluate(node: Node, operands: readonly Values[]): Values {
  const row = node.op.elementwise
  try {
    if (row) return elementwise(row.evaluate, operands, node)
    const kernel = kernels[node.op.name]
    if (kernel) return kernel(node, operands)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new TubeletError(message, `at ${describeSite(node.site)}`, { cause })
  }
  throw new TubeletError(`the interpreter has no kernel for ${node.op.name}`, "decompose it first")
}

function elementwise(
  f: (...x: number[]) => number,
  operands: readonly Values[],
  node: Node,
): Values {
  const [x, y] = operands
  const integer = node.outputs[0].dtype === "i32"
  const out = x.map(y === undefined ? (a) => f(a) : (a, i) => f(a, y[i]))
  return integer ? out.map((a) => a | 0) : out
}
