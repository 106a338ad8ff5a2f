import { reshape, slice, type Tensor, tap } from "@tubelet/core"
import {
  type BlockConfig,
  block,
  blockParameters,
  type Declarations,
  type Initialiser,
  type Parameters,
  type QkvBias,
  scope,
  under,
} from "@tubelet/vit"
import type { EncoderConfig, StackConfig } from "./config.js"

/** The configuration of each block in a stack. */
export const blockConfig = (
  config: EncoderConfig,
  stack: StackConfig,
  qkvBias: QkvBias,
): BlockConfig => ({
  dim: stack.dim,
  heads: stack.heads,
  mlpHidden: stack.mlpHidden,
  qkvBias: config.qkvBias ? qkvBias : "none",
  cosine: config.cosineAttention,
  eps: config.eps,
  initValues: config.initValues,
})

export const stackParameters = (
  prefix: string,
  depth: number,
  config: BlockConfig,
  weight?: Initialiser,
): Declarations =>
  Object.assign(
    {},
    ...Array.from({ length: depth }, (_, i) =>
      under(`${prefix}.${i}`, blockParameters(config, weight)),
    ),
  )

/** The drop-path factors [B] for branch `branch` of block `block`, from all [B, depth, 2]. */
function factors(keep: Tensor, block: number, branch: number): Tensor {
  const ofBlock = slice(keep, 1, block, block + 1)
  return reshape(slice(ofBlock, 2, branch, branch + 1), [keep.shape[0]])
}

/**
 * Runs x [B, N, D] through the blocks `prefix.0`, `prefix.1`, ..., each with a tap. `keep` [B,
 * depth, 2] are the drop-path factors of each block's attention and MLP.
 */
export function runStack(
  params: Parameters,
  prefix: string,
  tapName: string,
  depth: number,
  x: Tensor,
  config: BlockConfig,
  keep?: Tensor,
): Tensor {
  let y = x
  for (let i = 0; i < depth; i++) {
    const kept = keep && ([factors(keep, i, 0), factors(keep, i, 1)] as const)
    y = tap(`${tapName}.${i}`, block(scope(params, `${prefix}.${i}`), y, config, kept))
  }
  return y
}
