import { type Graph, type Rule, rewrite } from "../graph.js"
import { apply } from "../op.js"
import type { AttentionAttrs } from "../ops/attention.js"
import { mul } from "../ops/elementwise.js"
import { flashForwardOp, flashGradientKVOp, flashGradientQOp } from "../ops/flash.js"
import { cast, permute } from "../ops/shape.js"
import { sum } from "../ops/sum.js"
import { cse } from "../passes/cse.js"
import { simplify } from "../passes/simplify.js"
import type { Tensor } from "../tensor.js"

const headsOutside = (t: Tensor): Tensor => permute(t, [0, 2, 1, 3])
const f32 = (t: Tensor): Tensor => cast(t, "f32")

/** The rewrite rule of each op. */
const rules: Record<string, (inputs: readonly Tensor[], attrs: AttentionAttrs) => Tensor[]> = {
  attention: (inputs, attrs) => [headsOutside(apply(flashForwardOp, inputs, attrs)[0])],
  attentionGradient([q, k, v, o, g], attrs) {
    // CSE merges this with the forward pass's node, if there is one.
    const [, logSumExp] = apply(flashForwardOp, [q, k, v], attrs)
    const delta = sum(mul(f32(o), f32(g)), -1)
    const inputs = [q, k, v, g, logSumExp, delta]
    const [dQ] = apply(flashGradientQOp, inputs, attrs)
    const [dK, dV] = apply(flashGradientKVOp, inputs, attrs)
    return [dQ, dK, dV].map(headsOutside)
  },
}

const flash: Rule = (node, inputs) => rules[node.op.name]?.(inputs, node.attrs as AttentionAttrs)

/**
 * Rewrites attention and its gradient to FlashAttention ops, for backends that have such kernels;
 * `lower` decomposes the rest.
 */
export const flashAttention = (graph: Graph): Graph =>
  cse(simplify(cse(simplify(rewrite(graph, flash)))))
