import { field, type OptionsOf } from "./field.js"
import { pretrainFields } from "./fields.js"
import { frozenType } from "./freeze.js"
import { choiceType, numberType } from "./value-type.js"

const warmupEpochs = 5
const epochs = { mae: 50, videomae: 30, videomaev2: 30 }

const rows = () => ({
  ...pretrainFields,
  /** Repeated augmentation (the authors' `num_sample`): augmented samples per clip. */
  repeats: {
    ...pretrainFields.repeats,
    help: "augmented samples per decoded clip",
    default: { mae: 1, videomae: 2, videomaev2: 2 },
  },
  epochs: { ...pretrainFields.epochs, default: epochs },
  warmup: {
    ...pretrainFields.warmup,
    share: {
      mae: warmupEpochs / epochs.mae,
      videomae: warmupEpochs / epochs.videomae,
      videomaev2: warmupEpochs / epochs.videomaev2,
    },
    otherwise: `1/${epochs.videomae / warmupEpochs} of it; MAE: 1/${epochs.mae / warmupEpochs}`,
  },
  baseLearningRate: { ...pretrainFields.baseLearningRate, default: 1e-3 },
  minLearningRate: {
    ...pretrainFields.minLearningRate,
    default: 1e-6,
    otherwise: "1e-6; set peak: 0",
  },
  betas: { ...pretrainFields.betas, default: [0.9, 0.999] as const },
  dropPath: { ...pretrainFields.dropPath, default: 0.1 },
  /** The part to freeze: `encoder`, or `encoder:N` for its embedding and first N blocks. */
  freeze: field(frozenType, {
    help: "part to freeze: encoder, or encoder:N",
    otherwise: "nothing",
  }),
  /** Initialiser of the encoder; `xavier` is for small models without pre-trained weights. */
  weightInit: field(choiceType(["truncated-normal", "xavier"]), {
    help: "initialiser, or xavier",
    default: "truncated-normal",
    label: "new weights",
  }),
  /** The standard deviation of the head's new weights, in units of 0.02. */
  initScale: field(numberType({ min: 0 }), {
    help: "scale of the head's new weights",
    default: 0.001,
    label: "head's scale",
  }),
  /** Dropout rate of the features before the head. */
  headDropout: field(numberType({ min: 0, below: 1 }), {
    help: "dropout rate before the head",
    default: 0,
    label: "head dropout",
  }),
  /** Layer-wise learning-rate decay: the rate of each layer as a multiple of the next one's. */
  layerDecay: field(numberType({ above: 0 }), {
    help: "layer-wise learning-rate decay",
    default: 0.75,
    label: "layer decay",
  }),
  /** Label smoothing: the probability spread over all classes. */
  smoothing: field(numberType({ min: 0, max: 1 }), { help: "label smoothing", default: 0.1 }),
  /** Parameter of mixup's Beta distribution (Zhang et al. 2018). */
  mixup: field(numberType({ min: 0 }), {
    help: "mixup's alpha, 0: off",
    default: { mae: 0, videomae: 0.8, videomaev2: 0.8 },
  }),
  /** Parameter of cutmix's Beta distribution (Yun et al. 2019). */
  cutmix: field(numberType({ min: 0 }), {
    help: "cutmix's alpha, 0: off",
    default: { mae: 0, videomae: 1, videomaev2: 1 },
  }),
  /** Probability that a batch is mixed. */
  mixupProbability: field(numberType({ min: 0, max: 1 }), {
    help: "probability of mixing a batch",
    default: 1,
    flag: "mixupProb",
    label: "mixing",
  }),
  /** Probability of cutmix if both are on. */
  mixupSwitch: field(numberType({ min: 0, max: 1 }), {
    help: "probability of cutmix if both are on",
    default: 0.5,
    flag: "mixupSwitchProb",
    label: "cutmix share",
  }),
})

/**
 * The hyperparameters of fine-tuning, in the order of help, table and docs: those of pre-training
 * with other defaults, then those that only fine-tuning has.
 */
// Pure, so that a page that only pre-trains leaves them out.
export const finetuneFields = /* @__PURE__ */ rows()

/** The hyperparameters of a fine-tuning run; the defaults are the authors'. */
export type FinetuneRecipeOptions = OptionsOf<typeof finetuneFields>
