import { type Tensor, tap } from "@tubelet/core"
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
import type { PretrainConfig, Tower } from "./config.js"

/** The configuration of each block of a tower. */
export const blockConfig = (
  config: PretrainConfig,
  tower: Tower,
  qkvBias: QkvBias,
): BlockConfig => ({
  dim: tower.dim,
  heads: tower.heads,
  mlpHidden: tower.mlpHidden,
  qkvBias: config.qkvBias ? qkvBias : "none",
  cosine: config.cosineAttention,
  eps: config.eps,
  initValues: config.initValues,
})

export const towerParameters = (
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

/** Runs x [B, N, D] through the blocks named `prefix.0`, `prefix.1`, ...; each shows as a tap. */
export function runTower(
  params: Parameters,
  prefix: string,
  tapName: string,
  depth: number,
  x: Tensor,
  config: BlockConfig,
): Tensor {
  let y = x
  for (let i = 0; i < depth; i++) {
    y = tap(`${tapName}.${i}`, block(scope(params, `${prefix}.${i}`), y, config))
  }
  return y
}
