import { backendFlags } from "../setup/backend.js"
import { allowMissing, workers } from "../setup/data-set.js"
import { maskFlags } from "../setup/masks.js"
import { modelFlag } from "../setup/model.js"
import { checkpointKeyFlag, modelChangeFlags } from "../setup/told.js"
import { choice, type FlagValues, number, text, whole, yes } from "../shell/flag.js"

const positive = { min: 0, above: true }
const atLeast0 = { min: 0 }
const belowOne = { min: 0, below: 1 }

export const pretrainFlags = {
  model: modelFlag,
  data: text("a folder (searched deep), a file, a list or a cache", "PATH"),
  out: text("folder of the results (runs/pretrain)", "DIR"),
  ...backendFlags,
  batch: whole("samples of a batch (8)"),
  repeats: whole("crops and masks of each clip, decoded once (1)"),
  accumulate: whole("batches of one step (1)"),
  frames: whole("frames of a clip (16)"),
  stride: whole("take every N-th frame of the video (4)"),
  size: whole("side of a clip in pixels (224)"),
  ...maskFlags,
  target: choice("what to predict (normalised)", ["pixels", "normalised"] as const),
  init: text("weights to begin with, and their model (random)", "CHECKPOINT"),
  checkpointKey: checkpointKeyFlag,
  ...modelChangeFlags,
  steps: whole("run length in steps (or use --epochs)"),
  epochs: number("run length in epochs (the authors': 800, V2 300)", positive),
  warmup: number("warm-up in the same unit (5 %, V2 10 %)", atLeast0),
  lr: number("learning rate (base-lr * samples per step / 256)", atLeast0),
  baseLr: number("the same for 256 samples (1.5e-4, V2 1e-3)", atLeast0),
  minLr: number("learning rate at the end (1e-5; with --lr or MAE 0)", atLeast0),
  weightDecay: number("AdamW's weight decay (0.05)", atLeast0),
  weightDecayEnd: number("weight decay at the end, by a cosine (constant)", atLeast0),
  clipGrad: number("largest global norm of the gradients (none)", positive),
  dropPath: number("stochastic-depth rate of the last block (0)", belowOne),
  ema: number("decay of a moving average of the weights (none)", belowOne),
  saveEvery: whole("steps from checkpoint to checkpoint (500)"),
  keep: whole("checkpoints to keep, 0 for all (3)", 0),
  seed: whole("seed of all random numbers (0)", 0),
  workers,
  allowMissing,
  recipe: text("numbers of a published run: videomae-kinetics, ...", "NAME"),
  findNan: yes("report the first op that yields NaN or Inf"),
  resume: yes("resume from the last checkpoint in --out"),
  dryRun: yes("print the resolved settings and stop"),
}

/** A run's length and its rate may be said in two ways; warm-up and last rate go with them. */
export const alternatives = [
  { of: ["steps", "epochs"], with: ["warmup"] },
  { of: ["lr", "baseLr"], with: ["minLr"] },
] as const

export type PretrainValues = FlagValues<typeof pretrainFlags>
