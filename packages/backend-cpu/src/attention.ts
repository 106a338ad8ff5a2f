import { bytesPerElement, cse, type Graph, type Node, rewrite, simplify } from "@tubelet/core"

/**
 * Probabilities up to this size are kept for the backward pass. Larger ones are recomputed there,
 * chunk by chunk, at no measurable cost: from 944 tokens they take 20 MB per block and have left
 * the caches anyway.
 */
const keptBytes = 2 ** 24

const isAttention = ({ op }: Node): boolean =>
  op.name === "attention" || op.name === "attentionGradient"

/** Bytes of q k^T. */
function scoreBytes({ inputs: [q, k] }: Node): number {
  const [batch, heads, tokens] = q.shape as [number, number, number]
  return batch * heads * tokens * k.shape[2] * bytesPerElement(q.dtype)
}

/**
 * Decomposes small attention ops, so that the forward and backward pass share their probabilities.
 */
export const shareProbabilities = (graph: Graph): Graph =>
  cse(
    simplify(
      rewrite(graph, (node, inputs) =>
        isAttention(node) && scoreBytes(node) <= keptBytes
          ? node.op.decompose!(inputs, node.attrs)
          : undefined,
      ),
    ),
  )
