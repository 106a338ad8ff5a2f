import { add, broadcast, concat, constant, linear, reshape, type Tensor, tap } from "@tubelet/core"
import { gridOf, init, linearParameters, norm, normParameters, sinCos2d, under } from "@tubelet/vit"
import type { PretrainConfig } from "./config.js"
import { decoderTokens } from "./decoder-tokens.js"
import { encoderOf } from "./encoder/index.js"
import { maeTableRows } from "./encoder/mae.js"
import type { Network } from "./network.js"
import { blockConfig, runStack, stackParameters } from "./stack.js"

/**
 * MAE (He et al. 2022): fixed 2-D position tables in the weights, and a decoder with a biased
 * projection.
 */
export function maeNetwork(config: PretrainConfig, width: number): Network {
  const { encoder: stack, decoder, eps, decoderNormEps = eps } = config
  const decoderBlock = blockConfig(config, decoder, "full")
  const fixed = (dim: number) => () => sinCos2d(gridOf(config), dim, { classToken: true })
  const encoder = encoderOf(config, {
    linear: init.xavierUniform,
    patch: init.xavierUniformFlat,
    classToken: init.normal(0.02),
    positions: fixed(stack.dim),
  })

  const declarations = {
    ...encoder.declarations,
    ...under("norm", normParameters(stack.dim)),
    ...under("decoder_embed", linearParameters(stack.dim, decoder.dim)),
    mask_token: { shape: [1, 1, decoder.dim], init: init.normal(0.02) },
    decoder_pos_embed: {
      shape: [1, maeTableRows(config), decoder.dim],
      init: fixed(decoder.dim),
    },
    ...stackParameters("decoder_blocks", decoder.depth, decoderBlock),
    ...under("decoder_norm", normParameters(decoder.dim)),
    ...under("decoder_pred", linearParameters(decoder.dim, width)),
  }

  /** Rows of a table whose first row is the class token's. */
  const placesOf = (index: Tensor): Tensor => add(index, 1)

  return {
    declarations,
    frozen: config.learnablePositions ? [] : ["pos_embed", "decoder_pos_embed"],
    embed: encoder.embed,
    encode: (params, tokens, visible, keep) =>
      norm(params, "norm", encoder.encode(params, tokens, { visible, keep }), eps),

    decode(params, latent, visible, targets, keep) {
      const embedded = linear(latent, params["decoder_embed.weight"], params["decoder_embed.bias"])
      const cls = broadcast(constant(0, [1, 1], "i32"), [latent.shape[0], 1])
      const places = concat([cls, placesOf(visible), placesOf(targets)], 1)
      const positions = params.decoder_pos_embed
      const table = reshape(positions, positions.shape.slice(1))
      const x = decoderTokens(tap("decoder_embed", embedded), params.mask_token, table, places)
      const { depth } = decoder
      return runStack(params, "decoder_blocks", "decoder_block", depth, x, decoderBlock, keep)
    },

    head(params, decoded) {
      const normed = norm(params, "decoder_norm", decoded, decoderNormEps)
      return linear(normed, params["decoder_pred.weight"], params["decoder_pred.bias"])
    },
  }
}
