import { TubeletError } from "../errors.js"
import { type Graph, nodesOf, rewrite, rewriteTensors } from "../graph.js"
import type { Op } from "../op.js"
import { describeSite } from "../site.js"
import type { Tensor } from "../tensor.js"

/** Decomposes composites until the backend supports every op. */
export function lower(graph: Graph, supports: (op: Op) => boolean): Graph {
  const expand = (outputs: readonly Tensor[], inputs: readonly Tensor[]): readonly Tensor[] => {
    const become = new Map(inputs.map((t) => [t, t]))
    rewriteTensors(outputs, (node, ins) => lowerNode(node.op, ins, node.attrs, node.site), become)
    return outputs.map((t) => become.get(t)!)
  }
  const lowerNode = (
    op: Op,
    inputs: readonly Tensor[],
    attrs: Readonly<Record<string, unknown>>,
    site: Parameters<typeof describeSite>[0],
  ): readonly Tensor[] | undefined => {
    if (supports(op)) return undefined
    if (!op.decompose) {
      throw new TubeletError(
        `this backend has no kernel for the primitive ${op.name}`,
        `used at ${describeSite(site)}; choose another backend, or add the op to this one`,
      )
    }
    return expand(op.decompose(inputs, attrs), inputs)
  }
  return rewrite(graph, (node, inputs) => lowerNode(node.op, inputs, node.attrs, node.site))
}

/** The names of all ops in a graph. */
export const opsOf = (graph: Graph): Set<string> =>
  new Set(nodesOf(graph.outputs.map((o) => o.tensor)).map((n) => n.op.name))
