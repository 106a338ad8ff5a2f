import { field, type OptionsOf } from "./field.js"
import { numberType, pairType, wholeType } from "./value-type.js"

const count = wholeType()
const notNegative = numberType({ min: 0 })
const positive = numberType({ above: 0 })
const belowOne = numberType({ min: 0, below: 1 })
const betas = pairType({ min: 0, below: 1 })

const percent = (share: number) => `${100 * share}%`

const warmupShare = { mae: 40 / 800, videomae: 40 / 800, videomaev2: 30 / 300 }

/** The hyperparameters of pre-training, in the order of help, table and docs. */
export const pretrainFields = {
  /** Clips per micro-batch. */
  batch: field(count, { help: "clips per micro-batch", default: 8 }),
  /**
   * Repeated augmentation (VideoMAE V2's `num_sample`): crops and masks per clip. Epochs and the
   * learning rate count each clip once.
   */
  repeats: field(count, { help: "crops and masks per decoded clip", default: 1 }),
  /** Micro-batches per step. */
  accumulate: field(count, { help: "gradient accumulation: micro-batches per step", default: 1 }),
  /** Length of the run in steps. */
  steps: field(count, { help: "run length in steps", otherwise: "or set epochs" }),
  /** Length of the run in epochs. */
  epochs: field(positive, {
    help: "run length in epochs",
    default: { mae: 800, videomae: 800, videomaev2: 300 },
    insteadOf: "steps",
  }),
  /** Length of the warm-up, in the unit of the run's length. */
  warmup: field(notNegative, {
    help: "warm-up, in the run's unit",
    share: warmupShare,
    otherwise: `${percent(warmupShare.videomae)}; V2: ${percent(warmupShare.videomaev2)}`,
    unitOf: "steps",
    label: "warm-up",
    show: (steps) => `${steps} steps`,
  }),
  /** The peak learning rate; the default scales with the effective batch size. */
  learningRate: field(notNegative, {
    help: "peak learning rate",
    otherwise: "base rate x batch size / 256",
    flag: "lr",
    label: "learning rate",
  }),
  /** The peak learning rate for an effective batch size of 256. */
  baseLearningRate: field(notNegative, {
    help: "peak rate for batch size 256",
    default: { mae: 1.5e-4, videomae: 1.5e-4, videomaev2: 1e-3 },
    flag: "baseLr",
    insteadOf: "learningRate",
  }),
  /**
   * The final learning rate, for a batch size of 256; MAE does not scale it. If `learningRate` is
   * set, it is not scaled and defaults to 0.
   */
  minLearningRate: field(notNegative, {
    help: "final rate, scaled like the peak",
    default: { mae: 0, videomae: 1e-5, videomaev2: 1e-5 },
    otherwise: "1e-5; 0 for MAE or a set peak",
    flag: "minLr",
    unitOf: "learningRate",
    label: "final rate",
  }),
  /** AdamW's weight decay. */
  weightDecay: field(notNegative, {
    help: "AdamW's weight decay",
    default: 0.05,
    label: "weight decay",
  }),
  /** The final weight decay, reached along half a cosine. */
  weightDecayEnd: field(notNegative, {
    help: "final weight decay, cosine schedule",
    otherwise: "constant",
    label: "final decay",
  }),
  /** AdamW's betas. */
  betas: field(betas, { help: "AdamW's betas", default: [0.9, 0.95], flag: false }),
  /** Largest global norm of the gradients. */
  clipGrad: field(positive, {
    help: "clip gradients to this global norm",
    otherwise: "no clipping",
    label: "clip gradients",
    show: (norm) => `to norm ${norm}`,
  }),
  /** Stochastic-depth rate of the last block; it grows linearly over the blocks. */
  dropPath: field(belowOne, {
    help: "stochastic-depth rate of the last block",
    default: 0,
    label: "drop path",
  }),
  /** Decay of an exponential moving average of the weights. */
  ema: field(belowOne, {
    help: "decay of an EMA of the weights",
    otherwise: "none",
    label: "moving average",
    show: (decay) => `of the weights, decay ${decay}`,
  }),
  /** Seed of all random numbers. */
  seed: field(wholeType(0), { help: "seed of all random numbers", default: 0 }),
}

/** The hyperparameters of a pre-training run; the defaults are the authors'. */
export type RecipeOptions = OptionsOf<typeof pretrainFields>
