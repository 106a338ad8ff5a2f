import {
  add,
  attention,
  broadcast,
  linear,
  permute,
  reshape,
  slice,
  type Tensor,
} from "@tubelet/core"
import {
  init,
  linearParameters,
  mlp,
  mlpParameters,
  norm,
  normParameters,
  type Parameters,
  scope,
  under,
} from "@tubelet/vit"
import type { StackConfig } from "../config.js"
import type { Head, HeadConfig } from "./head.js"
import { linearHead } from "./linear.js"

const weight = init.truncatedNormal(0.02)

/**
 * An attentive probe (V-JEPA, Bardes et al. 2024, section 4.1): a learned query attends to all
 * tokens in one block with an MLP, and a linear layer follows.
 */
export function attentiveHead(config: HeadConfig): Head {
  const { dim, mlpHidden } = config.encoder
  const layer = linearHead(config, { name: "head.linear", weight })
  return {
    declarations: {
      ...under("head", {
        query: { shape: [1, 1, dim], init: weight },
        ...under("norm1", normParameters(dim)),
        ...under("q", linearParameters(dim, dim, weight)),
        ...under("kv", linearParameters(dim, 2 * dim, weight)),
        ...under("norm2", normParameters(dim)),
        ...under("mlp", mlpParameters(dim, mlpHidden, weight)),
      }),
      ...layer.declarations,
    },
    buffers: [],
    logits(params, tokens) {
      const pooled = attended(scope(params, "head"), tokens, config)
      return layer.logits(params, reshape(pooled, [tokens.shape[0], dim]))
    },
  }
}

/** The query after its block: [B, 1, D]. */
function attended(p: Parameters, tokens: Tensor, { encoder, eps }: HeadConfig): Tensor {
  const { dim } = encoder
  const batch = tokens.shape[0]
  const query = broadcast(p.query, [batch, 1, dim])
  const keysAndValues = linear(norm(p, "norm1", tokens, eps), p["kv.weight"], p["kv.bias"])
  const q = byHead(linear(query, p["q.weight"], p["q.bias"]), encoder)
  const part = (i: number) => byHead(slice(keysAndValues, 2, i * dim, (i + 1) * dim), encoder)
  const mixed = attention(q, part(0), part(1))
  const x = add(query, reshape(permute(mixed, [0, 2, 1, 3]), [batch, 1, dim]))
  return add(x, mlp(scope(p, "mlp"), norm(p, "norm2", x, eps)))
}

/** [B, N, D] as [B, heads, N, head size]. */
function byHead(x: Tensor, { heads, dim }: StackConfig): Tensor {
  const [batch, tokens] = x.shape as [number, number, number]
  return permute(reshape(x, [batch, tokens, heads, dim / heads]), [0, 2, 1, 3])
}
