// What docs/evidence.md fixes, as data. It does not change after the first run.

export const seeds = [0, 1, 2]
/** Candidates of every fine-tuned arm, chosen on the validation clips of seed 0. */
export const rates = [5e-4, 1e-3, 2e-3]

/** Set A (digits in motion) and set B (Fashion-MNIST). */
export const sets = {
  digits: {
    size: { unlabelled: 16_000, validation: 360, test: 1920 },
    pretraining: { steps: 3000, batch: 32 },
    finetuning: { steps: 800, batch: 32, reach: 3 },
  },
  fashion: {
    size: { unlabelled: 20_000, validation: 1000, test: 10_000 },
    pretraining: { steps: 1500, batch: 64 },
    finetuning: { steps: 300, batch: 64, reach: 2 },
  },
}

/** AdamW with the library's betas for pre-training, 0.9 and 0.95. */
export const pretraining = { learningRate: 3e-3, warmup: 50, weightDecay: 0.05 }
export const finetuning = {
  ...{ weightDecay: 0.05, smoothing: 0.1, dropPath: 0.1, layerDecay: 1, initScale: 1 },
  ...{ mixup: 0, cutmix: 0, repeats: 1 },
  /** The share of the steps. */
  warmup: 0.05,
}

const random = (ratio) => ({ encoder: { masking: "random-video", ratio } })
const video = { set: "digits", system: "videomae" }

/** Arms that pre-train. `finetune` lists the label counts of fine-tuning; all are probed. */
const pretrained = {
  "random-75": { ...video, masks: random(0.75), finetune: [3, 10] },
  v2: {
    ...{ set: "digits", system: "videomaev2", finetune: [3] },
    masks: { ...random(0.75), decoder: { masking: "running-cell", ratio: 0.5 } },
  },
  mae: {
    ...{ set: "fashion", system: "mae", finetune: [3] },
    masks: { encoder: { masking: "random", ratio: 0.75 } },
  },
  "frame-75": {
    ...{ ...video, finetune: [3] },
    masks: { encoder: { masking: "frame", ratio: 0.75 } },
  },
  "tube-75": {
    ...{ ...video, finetune: [3] },
    masks: { encoder: { masking: "tube", ratio: 0.75 } },
  },
  "random-50": { ...video, masks: random(0.5), finetune: [] },
  "random-90": { ...video, masks: random(0.9), finetune: [] },
  "tube-50": {
    ...{ ...video, finetune: [] },
    masks: { encoder: { masking: "tube", ratio: 0.5 } },
  },
  "random-75-pixels": { ...video, masks: random(0.75), target: "pixels", finetune: [] },
}

/** Arms without pre-training: `times` as many steps of fine-tuning, or only probed. */
const scratch = {
  scratch: { ...video, times: 1, finetune: [3, 10] },
  "scratch-long": { ...video, times: 3, finetune: [3, 10] },
  "fashion-scratch": { set: "fashion", system: "mae", times: 1, finetune: [3] },
  "fashion-scratch-long": { set: "fashion", system: "mae", times: 3, finetune: [3] },
  "random-xavier": { ...video, weightInit: "xavier", finetune: [] },
  "random-normal": { ...video, weightInit: "truncated-normal", finetune: [] },
}

/** The fine-tuning of random-75 at 3 labels a class, in PyTorch. */
const torch = { torch: { ...video, of: "random-75", finetune: [3] } }

/** The CPU time of a pre-training step of V1 and V2, in turns. */
const paced = { pace: { set: "digits", once: true, paces: ["random-75", "v2"] } }
export const pace = { rounds: 10, steps: 50 }

export const arms = { ...pretrained, ...scratch, ...torch, ...paced }

/** The arms in the order they run: those of the gates first. */
export const order = [
  ...["random-75", "v2", "scratch", "scratch-long", "random-xavier", "random-normal"],
  ...["pace", "torch"],
  ...["mae", "fashion-scratch", "fashion-scratch-long"],
  ...["frame-75", "tube-75", "random-50", "random-90", "tube-50", "random-75-pixels"],
]

/** Labels a class of the linear probe. */
export const probedLabels = 10

/** A short run that only shows that everything works. */
export const quick = {
  seeds: [0],
  rates: [1e-3],
  pace: { rounds: 1, steps: 2 },
  sets: {
    digits: {
      size: { unlabelled: 480, validation: 60, test: 120 },
      pretraining: { steps: 12, batch: 32 },
      finetuning: { steps: 8, batch: 32, reach: 3 },
    },
    fashion: {
      size: { unlabelled: 500, validation: 50, test: 100 },
      pretraining: { steps: 12, batch: 64 },
      finetuning: { steps: 8, batch: 64, reach: 2 },
    },
  },
}
