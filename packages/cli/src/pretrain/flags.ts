import { backendFlags } from "../setup/backend.js"
import { maskFlags } from "../setup/masks.js"
import { modelFlag } from "../setup/model.js"
import { choice, type FlagValues, number, text, whole, yes } from "../shell/flag.js"

const positive = { min: 0, above: true }
const atLeast0 = { min: 0 }
const belowOne = { min: 0, below: 1 }

export const pretrainFlags = {
  model: modelFlag,
  data: text("a folder (searched deep), a video or picture, a list file or a cache", "PATH"),
  out: text("where results go (runs/pretrain)", "DIR"),
  ...backendFlags,
  batch: whole("samples of one micro-batch (8)"),
  views: whole("views of each clip: decoded once, cropped and masked anew (1)"),
  accumulate: whole("micro-batches of one step (1)"),
  frames: whole("frames of a clip (16)"),
  stride: whole("frames of the video from one of the clip's to the next (4)"),
  size: whole("side of a clip in pixels (224)"),
  ...maskFlags,
  target: choice("what to predict (normalised)", ["pixels", "normalised"] as const),
  init: text("weights to begin with", "CHECKPOINT"),
  steps: whole("length of the run, or else"),
  epochs: number("its length in epochs (the authors': 800, V2 300)", positive),
  warmup: number("warm-up: steps with --steps, else epochs (5 %, V2 10 % of the run)", atLeast0),
  lr: number("learning rate at its peak (base-lr * samples per step / 256)", atLeast0),
  baseLr: number("learning rate for 256 samples a step (1.5e-4, V2 1e-3)", atLeast0),
  minLr: number("learning rate at the end (0 with --lr or MAE, else 1e-5, scaled)", atLeast0),
  weightDecay: number("AdamW's weight decay (0.05)", atLeast0),
  weightDecayEnd: number("weight decay at the end, by half a cosine (constant)", atLeast0),
  clipGrad: number("largest global norm of the gradients (none)", positive),
  dropPath: number("share of the last blocks' branches that a sample skips (0)", belowOne),
  ema: number("decay of a moving average of the weights, saved beside them (none)", belowOne),
  saveEvery: whole("steps from checkpoint to checkpoint (500)"),
  keep: whole("checkpoints to keep, 0 for all (3)", 0),
  seed: whole("seed of all random numbers (0)", 0),
  workers: whole("processes that decode, 0 for none (half of the cores; for a cache all)", 0),
  recipe: text("start from the numbers of a published run, such as videomae-kinetics", "NAME"),
  findNan: yes("name the op that first gives numbers that are not finite (more memory)"),
  resume: yes("go on from the last checkpoint in --out, with its config"),
  dryRun: yes("print the resolved recipe and stop"),
}

/** A run's length and its rate may be said in two ways; warm-up and last rate go with them. */
export const alternatives = [
  { of: ["steps", "epochs"], with: ["warmup"] },
  { of: ["lr", "baseLr"], with: ["minLr"] },
] as const

export type PretrainValues = FlagValues<typeof pretrainFlags>
