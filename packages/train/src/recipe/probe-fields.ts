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
    epochs: { ...pretrainFields.epochs, default: epochs },
    warmup: {
      ...pretrainFields.warmup,
      share: { mae: share, videomae: share, videomaev2: share },
      otherwise: "1/9 of it",
    },
    learningRate,
    baseLearningRate: { ...pretrainFields.baseLearningRate, default: 0.1 },
    minLearningRate: { ...pretrainFields.minLearningRate, default: 0, otherwise: "0" },
    /** The optimizer. */
    optimizer: field(choiceType(["lars", "sgd", "adamw"]), {
      help: "lars, sgd or adamw",
      default: "lars",
    }),
    weightDecay: { ...pretrainFields.weightDecay, help: "weight decay", default: 0 },
    weightDecayEnd: pretrainFields.weightDecayEnd,
    clipGrad,
    ema,
    /** Label smoothing: the probability spread over all classes. */
    smoothing: field(numberType({ min: 0, max: 1 }), { help: "label smoothing", default: 0 }),
    seed,
  }
}

/** The hyperparameters of a probe; the defaults are those of MAE's linear probe. */
// Pure, so that a page that only pre-trains leaves them out.
export const probeFields = /* @__PURE__ */ rows()

/** The hyperparameters of a probe's run. */
export type ProbeRecipeOptions = OptionsOf<typeof probeFields>
