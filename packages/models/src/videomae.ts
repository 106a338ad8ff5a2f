import { add, concat, constant, gatherRows, linear, reshape, type Tensor, tap } from "@tubelet/core"
import {
  embedPatches,
  init,
  linearParameters,
  norm,
  normParameters,
  type Parameters,
  patchPixels,
  sinusoid,
  tokenCount,
  under,
} from "@tubelet/vit"
import type { PretrainConfig } from "./config.js"
import { decoderTokens } from "./decoder-tokens.js"
import type { Network } from "./model.js"
import { blockConfig, runTower, towerParameters } from "./tower.js"

/**
 * VideoMAE (Tong et al. 2022) and VideoMAE V2 (Wang et al. 2023): tubelets, no class token, no key
 * bias, a fixed 1-D position table that is not part of the weights. V2 differs in its masks only:
 * its targets are the decoder's own choice, so a token may come twice, as seen and as target.
 */
export function videoMaeNetwork(config: PretrainConfig, width: number): Network {
  const { encoder, decoder, eps, decoderNormEps = eps, patchSize: p, tubelet } = config
  const tokens = tokenCount(config)
  const encoderBlock = blockConfig(config, encoder, "qv")
  const decoderBlock = blockConfig(config, decoder, "qv")
  const kernel = patchPixels(config)

  const declarations = {
    ...(config.learnablePositions && {
      "encoder.pos_embed": { shape: [1, tokens, encoder.dim], init: init.truncatedNormal(0.02) },
    }),
    "encoder.patch_embed.proj.weight": {
      shape: [encoder.dim, 3, tubelet, p, p],
      init: init.torchDefault(kernel),
    },
    "encoder.patch_embed.proj.bias": { shape: [encoder.dim], init: init.torchDefault(kernel) },
    ...towerParameters("encoder.blocks", encoder.depth, encoderBlock),
    ...under("encoder.norm", normParameters(encoder.dim)),
    "encoder_to_decoder.weight": {
      shape: [decoder.dim, encoder.dim],
      init: init.torchDefault(encoder.dim),
    },
    mask_token: { shape: [1, 1, decoder.dim], init: init.truncatedNormal(0.02, 0.02) },
    ...towerParameters("decoder.blocks", decoder.depth, decoderBlock),
    ...under("decoder.norm", normParameters(decoder.dim)),
    ...under("decoder.head", linearParameters(decoder.dim, width)),
  }

  const fixedTable = (dim: number): Tensor => constant(sinusoid(tokens, dim), [tokens, dim])
  const encoderTable = (params: Parameters): Tensor =>
    config.learnablePositions
      ? reshape(params["encoder.pos_embed"]!, [tokens, encoder.dim])
      : fixedTable(encoder.dim)

  return {
    declarations,
    frozen: [],

    embed: (params, tokens) =>
      embedPatches(
        tokens,
        params["encoder.patch_embed.proj.weight"]!,
        params["encoder.patch_embed.proj.bias"]!,
      ),

    encode(params, tokens, visible) {
      const x = add(this.embed(params, tokens), gatherRows(encoderTable(params), visible))
      const { depth } = encoder
      const y = runTower(params, "encoder.blocks", "encoder_block", depth, x, encoderBlock)
      return norm(params, "encoder.norm", y, eps)
    },

    decode(params, latent, visible, targets) {
      const projected = tap("decoder_embed", linear(latent, params["encoder_to_decoder.weight"]!))
      const places = concat([visible, targets], 1)
      const x = decoderTokens(projected, params.mask_token!, fixedTable(decoder.dim), places)
      const { depth } = decoder
      return runTower(params, "decoder.blocks", "decoder_block", depth, x, decoderBlock)
    },

    head(params, decoded) {
      const normed = norm(params, "decoder.norm", decoded, decoderNormEps)
      return linear(normed, params["decoder.head.weight"]!, params["decoder.head.bias"])
    },
  }
}
