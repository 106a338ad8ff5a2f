import { type DeviceArray, spec } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { classifierModel, pretrainModel, targetNamed } from "@tubelet/models"
import { describe, expect, test } from "vitest"
import {
  type DistillRecipeOptions,
  distill,
  distillFields,
  type FinetuneRecipeOptions,
  finetune,
  finetuneFields,
  memoryClips,
  memoryStore,
  type ProbeRecipeOptions,
  pretrain,
  pretrainFields,
  probe,
  probeFields,
  type ReadTensor,
  type RunOptions,
  type StepResult,
} from "../src/index.js"
import { brightClips, noiseClips, tinyClassifier, tinyConfig, tinyMasks, twice } from "./tiny.js"

type Values = FinetuneRecipeOptions & DistillRecipeOptions & ProbeRecipeOptions

/** What to set, in a run with the settings `from`. */
interface Case {
  readonly set: Values
  readonly from?: Values
}

/** A case for each row, so that a new row needs one. */
type Cases<Rows> = { readonly [Name in keyof Rows]: Case }

const settings: Values = { batch: 2, steps: 3, warmup: 0, learningRate: 3e-2 }
const inEpochs: Values = { batch: 4, epochs: 2, warmup: 0, learningRate: 3e-2 }
const scaled: Values = { batch: 2, steps: 3, warmup: 0, baseLearningRate: 1 }

const ofPretraining: Cases<typeof pretrainFields> = {
  batch: { set: { batch: 1 } },
  repeats: { set: { repeats: 2 } },
  accumulate: { set: { accumulate: 2 } },
  steps: { set: { steps: 2 } },
  epochs: { from: inEpochs, set: { epochs: 1 } },
  warmup: { set: { warmup: 1 } },
  learningRate: { set: { learningRate: 1e-2 } },
  baseLearningRate: { from: scaled, set: { baseLearningRate: 2 } },
  minLearningRate: { set: { minLearningRate: 1e-2 } },
  weightDecay: { set: { weightDecay: 0.5 } },
  weightDecayEnd: { set: { weightDecayEnd: 0.5 } },
  betas: { set: { betas: [0.5, 0.8] } },
  clipGrad: { set: { clipGrad: 1e-3 } },
  dropPath: { set: { dropPath: 0.5 } },
  ema: { set: { ema: 0.5 } },
  seed: { set: { seed: 1 } },
}

const ofFinetuning: Cases<typeof finetuneFields> = {
  ...ofPretraining,
  freeze: { set: { freeze: "encoder:1" } },
  weightInit: { set: { weightInit: "xavier" } },
  initScale: { set: { initScale: 1 } },
  headDropout: { set: { headDropout: 0.5 } },
  layerDecay: { set: { layerDecay: 0.5 } },
  smoothing: { set: { smoothing: 0.2 } },
  mixup: { set: { mixup: 0 } },
  cutmix: { set: { cutmix: 0 } },
  mixupProbability: { set: { mixupProbability: 0 } },
  mixupSwitch: { set: { mixupSwitch: 1 } },
}

const { smoothing, ...ofTeaching } = ofFinetuning
const ofDistillation: Cases<typeof distillFields> = {
  ...ofTeaching,
  temperature: { set: { temperature: 2 } },
}

const { betas: _, dropPath: __, ...ofHead } = ofPretraining
const ofProbe: Cases<typeof probeFields> = {
  ...ofHead,
  smoothing,
  optimizer: { set: { optimizer: "sgd" } },
}

interface Wanted {
  readonly rows: object
  readonly cases: Readonly<Record<string, Case>>
  run(values: Values, to: RunOptions): AsyncIterable<StepResult>
}

const imageSize = 8
const classifier = { ...tinyClassifier(), imageSize }
const taught = (values: Values = {}) => classifierModel(classifier, values)
const linear = classifierModel({ ...classifier, head: "batch-norm" })
// Two blocks, since drop path leaves the first one whole.
const autoencoder = { ...tinyConfig(), imageSize, encoder: classifier.encoder }
const target = targetNamed("pixels")
const masks = tinyMasks()
const noise = memoryClips(noiseClips(5, autoencoder))
const bright = brightClips(5, classifier)

const repeated = ({ repeats }: Values) => ({ repeats: 1, data: repeats ? twice(bright) : bright })

const teacher = { model: taught(), weights: taught().initialise(5) }

const tasks: Readonly<Record<string, Wanted>> = {
  pretrain: {
    rows: pretrainFields,
    cases: ofPretraining,
    run(values, to) {
      const model = pretrainModel(autoencoder, { target, ...values })
      return pretrain({
        data: values.repeats ? twice(noise) : noise,
        ...values,
        ...to,
        model,
        masks,
      })
    },
  },
  finetune: {
    rows: finetuneFields,
    cases: ofFinetuning,
    run: (values, to) =>
      finetune({
        ...repeated(values),
        ...values,
        ...to,
        model: taught(values),
      }),
  },
  distill: {
    rows: distillFields,
    cases: ofDistillation,
    run: (values, to) =>
      distill({
        ...repeated(values),
        ...values,
        ...to,
        teacher,
        model: taught(values),
      }),
  },
  probe: {
    rows: probeFields,
    cases: ofProbe,
    run: (values, to) => probe({ ...repeated(values), ...values, ...to, model: linear }),
  },
}

/** The losses of a run, its last weights, and their moving average. */
async function outcome({ run }: Wanted, values: Values) {
  const out = memoryStore()
  const losses: number[] = []
  let last: Readonly<Record<string, DeviceArray>> = {}
  for await (const { loss, weights } of run(values, { backend: referenceBackend(), out })) {
    losses.push(loss)
    last = weights
  }
  const { model, ema } = (await out.latest(() => {}))!
  const all = (read: ReadTensor) =>
    Promise.all(Object.entries(last).map(([name, { shape }]) => read(name, spec("f32", shape))))
  return { losses, weights: await all(model), average: ema && (await all(ema)) }
}

describe.each(Object.entries(tasks))(
  "each hyperparameter of %s changes its losses or weights",
  (_, task) => {
    const { rows, cases } = task
    const before = new Map<Values, ReturnType<typeof outcome>>()

    /** The outcome of a run with these settings, which several cases start from. */
    function plain(values: Values) {
      const known = before.get(values) ?? outcome(task, values)
      before.set(values, known)
      return known
    }

    test("or nothing does", async () => {
      expect(await outcome(task, settings)).toEqual(await plain(settings))
    })

    test.each(Object.keys(rows))("%s", async (name) => {
      const { set, from = settings } = cases[name]
      expect(await outcome(task, { ...from, ...set })).not.toEqual(await plain(from))
    })
  },
)
