import { TubeletError } from "@tubelet/core"
import { random, runningCell, tube } from "@tubelet/masking"
import type { System } from "@tubelet/models"
import type { MaskRules } from "./data/masks.js"
import { scaledRate } from "./schedule.js"

/** The numbers of a pre-training run that a user may set; the rest has the authors' values. */
export interface RecipeOptions {
  /** Samples of one micro-batch. Default: 8. */
  readonly batch?: number
  /**
   * Repeated augmentation (VideoMAE V2's `num_sample`): crops and masks made of each clip. Epochs
   * and the learning rate count each clip once. Default: 1.
   */
  readonly repeats?: number
  /** Micro-batches of one step. Default: 1. */
  readonly accumulate?: number
  /** Length of the run. Give one of the two; the authors' number of epochs otherwise. */
  readonly steps?: number
  readonly epochs?: number
  /** Warm-up in the unit of the run's length. Default: the authors' share of the run. */
  readonly warmup?: number
  /** The rate at its peak. Unless given, `baseLearningRate` * samples per step / 256. */
  readonly learningRate?: number
  /** The rate at its peak for 256 samples a step. */
  readonly baseLearningRate?: number
  /** The rate at the end, for 256 samples a step where `learningRate` is not given. */
  readonly minLearningRate?: number
  readonly weightDecay?: number
  /** Weight decay at the end, by half a cosine from `weightDecay`. Default: constant. */
  readonly weightDecayEnd?: number
  /** Decay of a moving average of the weights, kept beside them. Default: none. */
  readonly ema?: number
  readonly betas?: readonly [number, number]
  /** Largest global norm of the gradients. Default: no clipping. */
  readonly clipGrad?: number
  readonly seed?: number
}

/** Every number of a run, decided. */
export interface Recipe {
  readonly batch: number
  readonly repeats: number
  readonly accumulate: number
  /** batch * accumulate: what the learning rate and epochs count. */
  readonly effectiveBatchSize: number
  /** effectiveBatchSize * repeats: the clips that a step computes. */
  readonly clipsPerStep: number
  readonly steps: number
  readonly epochs: number
  /** An epoch's last step is a smaller one where the clips do not come out even. */
  readonly stepsPerEpoch: number
  readonly warmupSteps: number
  readonly learningRate: number
  readonly minLearningRate: number
  readonly weightDecay: number
  readonly weightDecayEnd?: number
  readonly ema?: number
  readonly betas: readonly [number, number]
  readonly clipGrad?: number
  readonly seed: number
}

interface Defaults {
  readonly epochs: number
  /** Warm-up's share of the run. */
  readonly warmup: number
  readonly rate: number
  readonly minRate: number
}

// The authors' published recipes; rates are for 256 samples a step.
const defaults: Readonly<Record<System, Defaults>> = {
  mae: { epochs: 800, warmup: 40 / 800, rate: 1.5e-4, minRate: 0 },
  videomae: { epochs: 800, warmup: 40 / 800, rate: 1.5e-4, minRate: 1e-5 },
  videomaev2: { epochs: 300, warmup: 30 / 300, rate: 1e-3, minRate: 1e-5 },
}

/** The authors' masks: random 0.75; tubes 0.9; tubes 0.9 with running cells 0.5 in the decoder. */
export function defaultMasks(system: System): MaskRules {
  if (system === "mae") return { encoder: { masking: random, ratio: 0.75 } }
  const encoder = { masking: tube, ratio: 0.9 }
  return system === "videomae"
    ? { encoder }
    : { encoder, decoder: { masking: runningCell, ratio: 0.5 } }
}

/** Decides every number of a run over `clips` clips. */
export function resolveRecipe(system: System, clips: number, options: RecipeOptions): Recipe {
  checkOptions(options)
  const {
    batch = 8,
    repeats = 1,
    accumulate = 1,
    weightDecay = 0.05,
    betas = [0.9, 0.95],
    seed = 0,
  } = options
  const effectiveBatchSize = batch * accumulate
  const stepsPerEpoch = Math.ceil(clips / effectiveBatchSize)
  const ours = defaults[system]
  const inEpochs = options.steps === undefined
  const epochs = inEpochs ? (options.epochs ?? ours.epochs) : options.steps / stepsPerEpoch
  const steps = options.steps ?? Math.ceil(epochs * stepsPerEpoch)
  const scaled = (base: number) => scaledRate(base, effectiveBatchSize)
  const rate = options.learningRate ?? scaled(options.baseLearningRate ?? ours.rate)
  const minRate =
    options.learningRate === undefined
      ? scaled(options.minLearningRate ?? ours.minRate)
      : (options.minLearningRate ?? 0)
  const warmup = options.warmup ?? ours.warmup * (inEpochs ? epochs : steps)
  return {
    ...{
      batch,
      repeats,
      accumulate,
      effectiveBatchSize,
      clipsPerStep: effectiveBatchSize * repeats,
    },
    ...{ steps, epochs, stepsPerEpoch },
    // Cut off to whole steps, not rounded, as the authors do.
    warmupSteps: Math.min(steps, Math.trunc(inEpochs ? warmup * stepsPerEpoch : warmup)),
    learningRate: rate,
    minLearningRate: minRate,
    ...{ weightDecay, betas, seed },
    ...given(options, ["weightDecayEnd", "ema", "clipGrad"]),
  }
}

const given = <K extends keyof RecipeOptions>(options: RecipeOptions, names: readonly K[]) =>
  Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  ) as Pick<RecipeOptions, K>

const wholeNumbers = ["batch", "repeats", "accumulate", "steps"] as const
const positives = ["epochs", "clipGrad"] as const
const rates = ["learningRate", "baseLearningRate", "minLearningRate"] as const
const notNegative = [...rates, "warmup", "weightDecay", "weightDecayEnd"] as const

const alternatives = [
  ["steps", "epochs"],
  ["learningRate", "baseLearningRate"],
] as const

function checkOptions(options: RecipeOptions): void {
  const refuse = (name: keyof RecipeOptions, expected: string) => {
    throw new TubeletError(`${name} is ${options[name]}`, `give ${expected}`)
  }
  for (const name of wholeNumbers) {
    const value = options[name] ?? 1
    if (!Number.isSafeInteger(value) || value < 1) refuse(name, "a whole number of at least 1")
  }
  for (const name of positives) if (!((options[name] ?? 1) > 0)) refuse(name, "a number above 0")
  for (const name of notNegative) {
    if (!((options[name] ?? 0) >= 0)) refuse(name, "a number of at least 0")
  }
  if (!((options.ema ?? 0) >= 0 && (options.ema ?? 0) < 1)) {
    refuse("ema", "a number of at least 0 and below 1, such as 0.9999")
  }
  for (const [one, other] of alternatives) {
    if (options[one] === undefined || options[other] === undefined) continue
    throw new TubeletError(`both ${one} and ${other} are given`, "give one of them")
  }
}
