import { bytesPerElement, type Graph, merge, type Node, rewrite, simplify } from "@tubelet/core"

/**
 * Probabilities up to this size are kept for the backward pass. Larger ones are made again there,
 * chunk by chunk: that costs 4 to 6 % of a block's time, but at 1568 tokens they are 59 MB a block.
 */
const keptBytes = 2 ** 25

const isAttention = ({ op }: Node): boolean =>
  op.name === "attention" || op.name === "attentionGradient"

/** Bytes of q k^T. */
function scoreBytes({ inputs: [q, k] }: Node): number {
  const [batch, heads, tokens] = q!.shape as [number, number, number]
  return batch * heads * tokens * k!.shape[2]! * bytesPerElement(q!.dtype)
}

/** Takes small attentions apart, so that forward and backward pass share their probabilities. */
export const shareProbabilities = (graph: Graph): Graph =>
  merge(
    simplify(
      rewrite(graph, (node, inputs) =>
        isAttention(node) && scoreBytes(node) <= keptBytes
          ? node.op.decompose!(inputs, node.attrs)
          : undefined,
      ),
    ),
  )
