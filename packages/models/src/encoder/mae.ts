import { add, broadcast, concat, gatherRows, reshape, slice } from "@tubelet/core"
import { embedPatches, gridOf, init, patchPixels } from "@tubelet/vit"
import type { EncoderConfig } from "../config.js"
import { blockConfig, runStack, stackParameters } from "../stack.js"
import type { Encoder, EncoderStart } from "./encoder.js"

/** Rows of MAE's position tables; the first is the class token's. */
export function maeTableRows(config: EncoderConfig): number {
  const { height, width } = gridOf(config)
  return 1 + height * width
}

/** MAE's encoder: a class token, biases for q, k and v, and a position table in the weights. */
export function maeEncoder(config: EncoderConfig, start: EncoderStart): Encoder {
  const { dim, depth } = config.encoder
  const { patchSize: p } = config
  const blocks = blockConfig(config, config.encoder, "full")
  return {
    declarations: {
      cls_token: { shape: [1, 1, dim], init: start.classToken },
      pos_embed: { shape: [1, maeTableRows(config), dim], init: start.positions },
      "patch_embed.proj.weight": { shape: [dim, 3, p, p], init: start.patch },
      "patch_embed.proj.bias": { shape: [dim], init: init.torchDefault(patchPixels(config)) },
      ...stackParameters("blocks", depth, blocks, start.linear),
    },

    embed: (params, tokens) =>
      embedPatches(tokens, params["patch_embed.proj.weight"], params["patch_embed.proj.bias"]),

    encode(params, tokens, { visible, keep } = {}) {
      const table = reshape(params.pos_embed, params.pos_embed.shape.slice(1))
      const places = visible ? gatherRows(table, add(visible, 1)) : slice(table, 0, 1)
      const embedded = add(this.embed(params, tokens), places)
      const cls = add(params.cls_token, slice(table, 0, 0, 1))
      const x = concat([broadcast(cls, [tokens.shape[0], 1, dim]), embedded], 1)
      return runStack(params, "blocks", "encoder_block", depth, x, blocks, keep)
    },
  }
}
