import { type Graph, rewrite } from "../graph.js"
import { type MatmulAttrs, matmul } from "../ops/matmul.js"
import { cast } from "../ops/shape.js"

/**
 * Matrix products that give a wider type than they take, with their operands widened first: for
 * languages whose products give the type that they take. Widening loses nothing, so the sums are
 * the same.
 */
export const widenProducts = (graph: Graph): Graph =>
  rewrite(graph, (node, [a, b]) => {
    if (node.op.name !== "matmul") return undefined
    const attrs = node.attrs as MatmulAttrs
    return a.dtype === attrs.out
      ? undefined
      : [matmul(cast(a, attrs.out), cast(b, attrs.out), attrs)]
  })
