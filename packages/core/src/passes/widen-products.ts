import { type Graph, rewrite } from "../graph.js"
import { type MatmulAttrs, matmul } from "../ops/matmul.js"
import { cast } from "../ops/shape.js"

/**
 * Widens the operands of matrix products whose result is wider, for languages without such
 * products. Widening is exact, so the sums are the same.
 */
export const widenProducts = (graph: Graph): Graph =>
  rewrite(graph, (node, [a, b]) => {
    if (node.op.name !== "matmul") return undefined
    const attrs = node.attrs as MatmulAttrs
    return a.dtype === attrs.out
      ? undefined
      : [matmul(cast(a, attrs.out), cast(b, attrs.out), attrs)]
  })
