import { field, type OptionsOf } from "./field.js"
import { pretrainFields } from "./fields.js"
import { choiceType, numberType } from "./value-type.js"

const epochs = 90
const share = 10 / epochs

const rows = () => {
  const { batch, accumulate, steps, learningRate, ema, seed, clipGrad } = pretrainFields
  return {
    ...{ batch, accumulate, steps },
    /** Repeated augmentation: augmented samples per clip. */
    repeats: { ...pretrainFields.repeats, help: "augmented samples per decoded clip" },
    epochs: { ...pretrainFields.epochs, default: epochs, otherwise: "90; attentive head: 20" },
    warmup: {
      ...pretrainFields.warmup,
      share: { mae: share, videomae: share, videomaev2: share },
      otherwise: "1/9 of it; attentive head: 0",
    },
    learningRate,
    baseLearningRate: {
      ...pretrainFields.baseLearningRate,
      default: 0.1,
      otherwise: "0.1; attentive head: 1e-3",
    },
    minLearningRate: { ...pretrainFields.minLearningRate, default: 0, otherwise: "0" },
    /** The optimizer. */
    optimizer: field(choiceType(["lars", "sgd", "adamw"]), {
      help: "lars, sgd or adamw",
      default: "lars",
      otherwise: "lars; attentive head: adamw",
    }),
    weightDecay: {
      ...pretrainFields.weightDecay,
      ...{ help: "weight decay", default: 0, otherwise: "0; attentive head: 0.01" },
    },
    weightDecayEnd: pretrainFields.weightDecayEnd,
    clipGrad,
    ema,
    /** Label smoothing: the probability spread over all classes. */
    smoothing: field(numberType({ min: 0, max: 1 }), { help: "label smoothing", default: 0 }),
    seed,
  }
}

/** The hyperparameters of a linear probe; the defaults are MAE's. */
// Pure, so that a page that only pre-trains leaves them out.
export const probeFields = /* @__PURE__ */ rows()

const none = { mae: 0, videomae: 0, videomaev2: 0 }

const attentiveRows = () => ({
  ...probeFields,
  epochs: { ...probeFields.epochs, default: 20 },
  warmup: { ...probeFields.warmup, share: none },
  baseLearningRate: { ...probeFields.baseLearningRate, default: 1e-3 },
  optimizer: { ...probeFields.optimizer, default: "adamw" as const },
  weightDecay: { ...probeFields.weightDecay, default: 0.01 },
})

/**
 * Those of an attentive probe; the defaults are V-JEPA's for frozen evaluation on video: AdamW at
 * 1e-3 for a batch size of 256, no warm-up, 20 epochs.
 */
export const attentiveProbeFields = /* @__PURE__ */ attentiveRows()

/** The hyperparameters of a probe's run. */
export type ProbeRecipeOptions = OptionsOf<typeof probeFields>
