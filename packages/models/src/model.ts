import {
  gatherTokens,
  mul,
  type Spec,
  slice,
  spec,
  squaredError,
  sum,
  type Tensor,
  tap,
} from "@tubelet/core"
import { type Grid, gridOf, type Parameters, patchify } from "@tubelet/vit"
import type { PretrainConfig, TokenCounts } from "./config.js"
import { maeNetwork } from "./mae.js"
import type { Network } from "./network.js"
import { parameterSet } from "./parameter-set.js"
import { normalisedPixels } from "./pixels.js"
import { type Target, targetNamed } from "./target.js"
import { type TrainableModel, weightedMean } from "./trainable.js"
import { videoMaeNetwork } from "./videomae.js"

/**
 * The data of one pre-training step. `clips` are u8, or normalised f32; an image is a clip of one
 * frame.
 */
export interface Batch<T = Tensor> {
  /** [B, T, H, W, 3] */
  readonly clips: T
  /** `[B, K]`: the tokens the encoder sees, in its order. */
  readonly visible: T
  /** `[B, M]`: the tokens the decoder predicts. */
  readonly targets: T
  /** `[B, M]`: the weight of each prediction; 0 for visible tokens and padding. */
  readonly weight: T
  /**
   * `[B, encoder depth + decoder depth, 2]`: 0 drops a block's branch, 1 / (1 - rate) keeps it; see
   * `drawDropPathFactors`. Absent if the model has no drop path.
   */
  readonly dropPathFactors?: T
}

/** A masked autoencoder for pre-training. Parameters are plain records with the official names. */
export interface PretrainModel extends Network, TrainableModel<Batch> {
  readonly config: PretrainConfig
  readonly target: Target
  readonly grid: Grid
  /** Stochastic-depth rate of the last block of encoder and decoder; 0 for none. */
  readonly dropPath: number
  /**
   * The specs of a training step; `drops: false`, as for inspection, leaves out `dropPathFactors`.
   */
  batchSpecs(batch: number, counts: TokenCounts, dtype?: "u8" | "f32", drops?: boolean): Batch<Spec>
  /** The encoder's output [B, K (+ 1 class token), D] for the visible tokens. */
  latent(params: Parameters, batch: Batch): Tensor
  /** All tokens of the decoder, targets last. */
  decoded(params: Parameters, batch: Batch): Tensor
  /** The prediction [B, M, width]: the head runs on the targets only. */
  predict(params: Parameters, batch: Batch): Tensor
  /** The target of the prediction, [B, M, width]. */
  targetOf(batch: Pick<Batch, "clips" | "targets">): Tensor
}

export interface PretrainModelOptions {
  /** What to predict. Default: normalised pixels. */
  readonly target?: Target
  /** Stochastic-depth rate of the last block of encoder and decoder (0). */
  readonly dropPath?: number
}

/** Builds the pre-training model for a configuration. */
export function pretrainModel(
  config: PretrainConfig,
  { target = targetNamed("normalised"), dropPath = 0 }: PretrainModelOptions = {},
): PretrainModel {
  const { encoder, decoder } = config
  const depth = encoder.depth + decoder.depth
  const width = target.width(config)
  const network =
    config.system === "mae" ? maeNetwork(config, width) : videoMaeNetwork(config, width)
  const pick = (clips: Tensor, index: Tensor) => gatherTokens(patchify(clips, config), index)
  const model: PretrainModel = {
    ...network,
    config,
    target,
    dropPath,
    grid: gridOf(config),
    ...parameterSet(network.declarations, network.frozen),
    batchSpecs: (batch, { visible, targets }, dtype = "u8", drops = true) => ({
      clips: spec(dtype, [batch, config.frames, config.imageSize, config.imageSize, 3]),
      visible: spec("i32", [batch, visible]),
      targets: spec("i32", [batch, targets]),
      weight: spec("f32", [batch, targets]),
      ...(drops && dropPath > 0 && { dropPathFactors: spec("f32", [batch, depth, 2]) }),
    }),
    latent(params, { clips, visible, dropPathFactors }) {
      const keep = dropPathFactors && slice(dropPathFactors, 1, 0, encoder.depth)
      const pixels = normalisedPixels(pick(clips, visible))
      return tap("latent", network.encode(params, pixels, visible, keep))
    },
    decoded(params, batch) {
      const { visible, targets, dropPathFactors } = batch
      const keep = dropPathFactors && slice(dropPathFactors, 1, encoder.depth)
      return network.decode(params, model.latent(params, batch), visible, targets, keep)
    },
    predict(params, batch) {
      const all = tap("decoded", model.decoded(params, batch))
      const last = slice(all, 1, all.shape[1] - batch.targets.shape[1])
      return tap("prediction", network.head(params, last))
    },
    targetOf: (batch) =>
      tap(
        "target",
        target.compute({ tokens: pick(batch.clips, batch.targets), config, extra: {} }),
      ),
    lossTerms(params, batch) {
      const error = squaredError(model.predict(params, batch), model.targetOf(batch))
      return { sum: sum(mul(error, batch.weight)), weight: sum(batch.weight) }
    },
    loss: (params, batch) => weightedMean(model.lossTerms(params, batch)),
  }
  return model
}
