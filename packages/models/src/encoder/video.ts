import { add, constant, gatherRows, reshape, type Tensor } from "@tubelet/core"
import {
  embedPatches,
  gridOf,
  init,
  type Parameters,
  patchPixels,
  resizePositions,
  sinusoid,
  tokenCount,
} from "@tubelet/vit"
import type { ClassifierConfig, EncoderConfig } from "../config.js"
import { blockConfig, runStack, stackParameters } from "../stack.js"
import type { Encoder, EncoderStart } from "./encoder.js"

/** The fixed table [N, D] of a size, resized from another's if the configuration says so. */
function fixedTable(config: EncoderConfig & Pick<ClassifierConfig, "positionsOf">): Tensor {
  const { dim } = config.encoder
  const origin = { ...config, ...config.positionsOf }
  const table = sinusoid(tokenCount(origin), dim)
  return constant(resizePositions(table, gridOf(origin), gridOf(config)), [tokenCount(config), dim])
}

/**
 * The encoder of both video systems: tubelets, no class token, no bias for k, and a fixed 1-D
 * position table that is not part of the weights.
 */
export function videoEncoder(config: EncoderConfig, start: EncoderStart): Encoder {
  const { dim, depth } = config.encoder
  const { patchSize: p, tubelet } = config
  const blocks = blockConfig(config, config.encoder, "qv")
  const tokens = tokenCount(config)
  const table = (params: Parameters): Tensor =>
    config.learnablePositions ? reshape(params.pos_embed, [tokens, dim]) : fixedTable(config)
  return {
    declarations: {
      ...(config.learnablePositions && {
        pos_embed: { shape: [1, tokens, dim], init: start.positions },
      }),
      "patch_embed.proj.weight": { shape: [dim, 3, tubelet, p, p], init: start.patch },
      "patch_embed.proj.bias": { shape: [dim], init: init.torchDefault(patchPixels(config)) },
      ...stackParameters("blocks", depth, blocks, start.linear),
    },

    embed: (params, tokens) =>
      embedPatches(tokens, params["patch_embed.proj.weight"], params["patch_embed.proj.bias"]),

    encode(params, tokens, { visible, keep } = {}) {
      const places = visible ? gatherRows(table(params), visible) : table(params)
      const x = add(this.embed(params, tokens), places)
      return runStack(params, "blocks", "encoder_block", depth, x, blocks, keep)
    },
  }
}
