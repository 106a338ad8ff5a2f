import { concat, constant, linear, tap } from "@tubelet/core"
import {
  init,
  linearParameters,
  norm,
  normParameters,
  patchPixels,
  scope,
  sinusoid,
  tokenCount,
  under,
} from "@tubelet/vit"
import type { PretrainConfig } from "./config.js"
import { decoderTokens } from "./decoder-tokens.js"
import { encoderOf } from "./encoder/index.js"
import type { Network } from "./network.js"
import { blockConfig, runStack, stackParameters } from "./stack.js"

/**
 * VideoMAE (Tong et al. 2022) and VideoMAE V2 (Wang et al. 2023). V2 differs only in its masks: its
 * targets are chosen by the decoder mask, so a token may be both visible and a target.
 */
export function videoMaeNetwork(config: PretrainConfig, width: number): Network {
  const { encoder: stack, decoder, eps, decoderNormEps = eps } = config
  const tokens = tokenCount(config)
  const decoderBlock = blockConfig(config, decoder, "qv")
  const encoder = encoderOf(config, {
    linear: init.xavierUniform,
    patch: init.torchDefault(patchPixels(config)),
    classToken: init.zeros, // No head.
    positions: init.truncatedNormal(0.02),
  })

  const declarations = {
    ...under("encoder", encoder.declarations),
    ...under("encoder.norm", normParameters(stack.dim)),
    "encoder_to_decoder.weight": {
      shape: [decoder.dim, stack.dim],
      init: init.torchDefault(stack.dim),
    },
    mask_token: { shape: [1, 1, decoder.dim], init: init.truncatedNormal(0.02, 0.02) },
    ...stackParameters("decoder.blocks", decoder.depth, decoderBlock),
    ...under("decoder.norm", normParameters(decoder.dim)),
    ...under("decoder.head", linearParameters(decoder.dim, width)),
  }
  const decoderTable = () => constant(sinusoid(tokens, decoder.dim), [tokens, decoder.dim])

  return {
    declarations,
    frozen: [],
    embed: (params, tokens) => encoder.embed(scope(params, "encoder"), tokens),

    encode(params, tokens, visible, keep) {
      const inner = scope(params, "encoder")
      return norm(inner, "norm", encoder.encode(inner, tokens, { visible, keep }), eps)
    },

    decode(params, latent, visible, targets, keep) {
      const projected = tap("decoder_embed", linear(latent, params["encoder_to_decoder.weight"]))
      const places = concat([visible, targets], 1)
      const x = decoderTokens(projected, params.mask_token, decoderTable(), places)
      const { depth } = decoder
      return runStack(params, "decoder.blocks", "decoder_block", depth, x, decoderBlock, keep)
    },

    head(params, decoded) {
      const normed = norm(params, "decoder.norm", decoded, decoderNormEps)
      return linear(normed, params["decoder.head.weight"], params["decoder.head.bias"])
    },
  }
}
