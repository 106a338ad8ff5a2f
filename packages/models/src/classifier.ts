import {
  crossEntropy,
  mean,
  mul,
  reshape,
  type Spec,
  slice,
  spec,
  sum,
  type Tensor,
  TubeletError,
  tap,
} from "@tubelet/core"
import {
  type Grid,
  gridOf,
  init,
  norm,
  normParameters,
  type Parameters,
  patchify,
  patchPixels,
  under,
} from "@tubelet/vit"
import type { ClassifierConfig, PretrainConfig } from "./config.js"
import { type Encoder, encoderOf } from "./encoder/index.js"
import type { Head } from "./heads/head.js"
import { hasLogits, headOf } from "./heads/index.js"
import { parameterSet } from "./parameter-set.js"
import { normalisedPixels } from "./pixels.js"
import { presetConfig } from "./presets.js"
import { type TrainableModel, weightedMean } from "./trainable.js"

/**
 * The configuration of a classifier (with 0 classes, a feature encoder) on a pre-trained encoder,
 * from a preset or custom. VideoMAE V2's position table is resized from the pre-training size, as
 * its authors do; VideoMAE's is that of the new size.
 */
export function classifierConfig(
  pretrained: PretrainConfig | string,
  { classes, ...changes }: Partial<ClassifierConfig> & { readonly classes: number },
): ClassifierConfig {
  const base = typeof pretrained === "string" ? presetConfig(pretrained) : pretrained
  const { decoder: _, decoderNormEps: __, ...encoder } = base
  const config: ClassifierConfig = { ...encoder, classes, pool: "mean", ...changes }
  const { imageSize, frames } = base
  const resized = config.imageSize !== imageSize || config.frames !== frames
  if (base.system !== "videomaev2" || !resized) return config
  return { ...config, positionsOf: { imageSize, frames } }
}

/** The inputs of a forward pass. Factors are absent if the model was built without that dropout. */
export interface ClassifierInputs<T = Tensor> {
  /** `[B, T, H, W, 3]`: u8, or normalised f32. An image is a clip of one frame. */
  readonly clips: T
  /** `[B, depth, 2]`: 0 drops a block's branch, 1 / (1 - rate) keeps it. See `drawDrops`. */
  readonly dropPathFactors?: T
  /** `[B, D]`: likewise for each feature before the head. */
  readonly headDropoutFactors?: T
}

/** The data of one fine-tuning step. */
export interface LabelledBatch<T = Tensor> extends ClassifierInputs<T> {
  /** `[B, classes]`: target probabilities; see `softTargets`. */
  readonly labels: T
  /** `[B]`: the weight of each sample; 0 for padding. */
  readonly weight: T
}

/** Dropout rates during training; 0 by default. */
export interface DropRates {
  /** Stochastic-depth rate of the last block, growing from 0 at the first (Huang et al. 2016). */
  readonly dropPath?: number
  /**
   * Dropout rate of the features before the head: `fc_drop_rate` in VideoMAE, `head_drop_rate` in
   * V2.
   */
  readonly headDropout?: number
}

export interface ClassifierOptions extends DropRates {
  /**
   * How new weights of the encoder are drawn. `truncated-normal` (0.02, as the authors do for
   * fine-tuning) assumes pre-trained weights; small models that start from random ones learn
   * better with `xavier`, as in pre-training.
   */
  readonly weightInit?: "truncated-normal" | "xavier"
  /** The standard deviation of a linear head's weights, in units of 0.02. Default: 0.001. */
  readonly initScale?: number
}

/** A classifier, or with 0 classes a feature encoder. */
export interface ClassifierModel extends TrainableModel<LabelledBatch> {
  readonly config: ClassifierConfig
  readonly drops: Required<DropRates>
  readonly grid: Grid
  /** The specs of a forward pass; `drops: false`, as for evaluation, leaves only `clips`. */
  inputSpecs(batch: number, dtype?: "u8" | "f32", drops?: boolean): ClassifierInputs<Spec>
  batchSpecs(batch: number, dtype?: "u8" | "f32"): LabelledBatch<Spec>
  /** The patch embedding, without positions: [B, N, D]. */
  embed(params: Parameters, clips: Tensor): Tensor
  /** Pooled and normalised features [B, D]; with pool `none`, all tokens [B, N (+ 1), D]. */
  features(params: Parameters, inputs: ClassifierInputs): Tensor
  /** `[B, classes]` */
  logits(params: Parameters, inputs: ClassifierInputs): Tensor
}

// The authors' initialisation for fine-tuning; pre-trained weights then replace most of it.
const start = (config: ClassifierConfig, weightInit: ClassifierOptions["weightInit"]) => ({
  linear: weightInit === "xavier" ? init.xavierUniform : init.truncatedNormal(0.02),
  patch: init.torchDefault(patchPixels(config)),
  classToken: init.truncatedNormal(0.02),
  positions: init.truncatedNormal(0.02),
})

const lastNormName = ({ pool }: ClassifierConfig): string => (pool === "mean" ? "fc_norm" : "norm")

const declarationsOf = (config: ClassifierConfig, encoder: Encoder, head?: Head) => ({
  ...encoder.declarations,
  ...under(lastNormName(config), normParameters(config.encoder.dim)),
  ...head?.declarations,
})

/** Pools tokens [B, N, D] into features as `Pool` says; the mean precedes its norm. */
function pooled(params: Parameters, tokens: Tensor, config: ClassifierConfig): Tensor {
  const { pool, system, eps, lastNormEps = eps } = config
  const [batch, , dim] = tokens.shape as [number, number, number]
  const last = (x: Tensor) => norm(params, lastNormName(config), x, lastNormEps)
  if (pool === "none") return last(tokens)
  if (pool === "token") return last(reshape(slice(tokens, 1, 0, 1), [batch, dim]))
  return last(mean(system === "mae" ? slice(tokens, 1, 1) : tokens, 1))
}

/**
 * Builds the classifier for a configuration. A learnable position table of the video models belongs
 * to the weights but is not trained: the authors detach it.
 */
export function classifierModel(
  config: ClassifierConfig,
  { dropPath = 0, headDropout = 0, weightInit, initScale }: ClassifierOptions = {},
): ClassifierModel {
  const { encoder: stack, classes, frames, imageSize } = config
  const encoder = encoderOf(config, start(config, weightInit))
  const pixels = (clips: Tensor) => normalisedPixels(patchify(clips, config))
  const frozen = config.system !== "mae" && config.learnablePositions ? ["pos_embed"] : []
  const head = headOf(config, initScale)
  const kept = (params: Parameters, inputs: ClassifierInputs) => {
    const features = model.features(params, inputs)
    return inputs.headDropoutFactors ? mul(features, inputs.headDropoutFactors) : features
  }
  const model: ClassifierModel = {
    config,
    drops: { dropPath, headDropout },
    grid: gridOf(config),
    ...parameterSet(declarationsOf(config, encoder, head), frozen),
    ...(head && { buffers: head.buffers }),

    inputSpecs: (batch, dtype = "u8", drops = true) => ({
      clips: spec(dtype, [batch, frames, imageSize, imageSize, 3]),
      ...(drops && dropPath > 0 && { dropPathFactors: spec("f32", [batch, stack.depth, 2]) }),
      ...(drops && headDropout > 0 && { headDropoutFactors: spec("f32", [batch, stack.dim]) }),
    }),
    batchSpecs: (batch, dtype) => ({
      ...model.inputSpecs(batch, dtype),
      labels: spec("f32", [batch, classes]),
      weight: spec("f32", [batch]),
    }),

    embed: (params, clips) => encoder.embed(params, pixels(clips)),
    features(params, { clips, dropPathFactors }) {
      const tokens = encoder.encode(params, pixels(clips), { keep: dropPathFactors })
      return tap("features", pooled(params, tokens, config))
    },
    logits(params, inputs) {
      return tap("logits", required(head, config).logits(params, kept(params, inputs)))
    },

    lossTerms(params, batch) {
      const trained = head?.train?.(params, kept(params, batch), batch.weight)
      const error = crossEntropy(trained?.logits ?? model.logits(params, batch), batch.labels)
      return {
        ...{ sum: sum(mul(error, batch.weight)), weight: sum(batch.weight) },
        ...(trained && { buffers: trained.buffers }),
      }
    },
    loss: (params, batch) => weightedMean(model.lossTerms(params, batch)),
  }
  return model
}

function required(head: Head | undefined, config: ClassifierConfig): Head {
  if (head && hasLogits(config)) return head
  const { classes, pool, head: kind = "linear" } = config
  throw new TubeletError(
    `a model with ${classes} classes (pool "${pool}", head "${kind}") has no logits`,
    'set classes, and pool "mean" or "token" ("none" for an attentive head), or use its features',
  )
}
