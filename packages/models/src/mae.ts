import {
  add,
  broadcast,
  concat,
  constant,
  gatherRows,
  linear,
  reshape,
  slice,
  type Tensor,
  tap,
} from "@tubelet/core"
import {
  embedPatches,
  gridOf,
  init,
  linearParameters,
  norm,
  normParameters,
  patchPixels,
  sinCos2d,
  under,
} from "@tubelet/vit"
import type { PretrainConfig } from "./config.js"
import { decoderTokens } from "./decoder-tokens.js"
import type { Network } from "./model.js"
import { blockConfig, runTower, towerParameters } from "./tower.js"

/**
 * MAE (He et al. 2022): a class token, a full qkv bias, fixed 2-D position tables that are part
 * of the weights, a decoder with a biased projection.
 */
export function maeNetwork(config: PretrainConfig, width: number): Network {
  const { encoder, decoder, eps, decoderNormEps = eps, patchSize: p } = config
  const grid = gridOf(config)
  const rows = 1 + grid.height * grid.width
  const encoderBlock = blockConfig(config, encoder, "full")
  const decoderBlock = blockConfig(config, decoder, "full")

  const declarations = {
    cls_token: { shape: [1, 1, encoder.dim], init: init.normal(0.02) },
    pos_embed: {
      shape: [1, rows, encoder.dim],
      init: () => sinCos2d(grid, encoder.dim, { classToken: true }),
    },
    "patch_embed.proj.weight": { shape: [encoder.dim, 3, p, p], init: init.xavierUniformFlat },
    "patch_embed.proj.bias": { shape: [encoder.dim], init: init.torchDefault(patchPixels(config)) },
    ...towerParameters("blocks", encoder.depth, encoderBlock),
    ...under("norm", normParameters(encoder.dim)),
    ...under("decoder_embed", linearParameters(encoder.dim, decoder.dim)),
    mask_token: { shape: [1, 1, decoder.dim], init: init.normal(0.02) },
    decoder_pos_embed: {
      shape: [1, rows, decoder.dim],
      init: () => sinCos2d(grid, decoder.dim, { classToken: true }),
    },
    ...towerParameters("decoder_blocks", decoder.depth, decoderBlock),
    ...under("decoder_norm", normParameters(decoder.dim)),
    ...under("decoder_pred", linearParameters(decoder.dim, width)),
  }

  /** Rows of a table whose first row is the class token's. */
  const table = (positions: Tensor): Tensor => reshape(positions, positions.shape.slice(1))
  const placesOf = (index: Tensor): Tensor => add(index, 1)

  return {
    declarations,
    frozen: config.learnablePositions ? [] : ["pos_embed", "decoder_pos_embed"],

    embed: (params, tokens) =>
      embedPatches(tokens, params["patch_embed.proj.weight"]!, params["patch_embed.proj.bias"]!),

    encode(params, tokens, visible) {
      const positions = table(params.pos_embed!)
      const embedded = add(this.embed(params, tokens), gatherRows(positions, placesOf(visible)))
      const cls = add(params.cls_token!, slice(positions, 0, 0, 1))
      const batch = tokens.shape[0]!
      const x = concat([broadcast(cls, [batch, 1, encoder.dim]), embedded], 1)
      const y = runTower(params, "blocks", "encoder_block", encoder.depth, x, encoderBlock)
      return norm(params, "norm", y, eps)
    },

    decode(params, latent, visible, targets) {
      const embedded = linear(latent, params["decoder_embed.weight"]!, params["decoder_embed.bias"])
      const cls = broadcast(constant(0, [1, 1], "i32"), [latent.shape[0]!, 1])
      const places = concat([cls, placesOf(visible), placesOf(targets)], 1)
      const positions = table(params.decoder_pos_embed!)
      const x = decoderTokens(tap("decoder_embed", embedded), params.mask_token!, positions, places)
      return runTower(params, "decoder_blocks", "decoder_block", decoder.depth, x, decoderBlock)
    },

    head(params, decoded) {
      const normed = norm(params, "decoder_norm", decoded, decoderNormEps)
      return linear(normed, params["decoder_pred.weight"]!, params["decoder_pred.bias"])
    },
  }
}
