export {
  type ClassifierInputs,
  type ClassifierModel,
  type ClassifierOptions,
  classifierConfig,
  classifierModel,
  type DropRates,
  type LabelledBatch,
} from "./classifier.js"
export type {
  ClassifierConfig,
  EncoderConfig,
  HeadKind,
  Pool,
  PretrainConfig,
  StackConfig,
  System,
  TokenCounts,
} from "./config.js"
export { drawDropPathFactors, drawDrops } from "./drops.js"
export { type SoftTargetOptions, softTargets } from "./labels.js"
export {
  type Batch,
  type PretrainModel,
  type PretrainModelOptions,
  pretrainModel,
} from "./model.js"
export type { Network } from "./network.js"
export type { ParameterSet } from "./parameter-set.js"
export { imagenetMean, imagenetStd, normalisedPixels, targetPixels, unitPixels } from "./pixels.js"
export { presetConfig, presets } from "./presets.js"
export { defineTarget, type Target, targetNamed, targets } from "./target.js"
export { type LossTerms, type TrainableModel, weightedMean } from "./trainable.js"
