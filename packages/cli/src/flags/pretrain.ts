import { pretrainFields } from "@tubelet/train"
import { backendFlags } from "../setup/backend.js"
import { allowMissing, workers } from "../setup/data-set.js"
import { maskFlags } from "../setup/masks.js"
import { modelFlag } from "../setup/model.js"
import { checkpointKeyFlag, modelChangeFlags } from "../setup/told.js"
import { choice, type FlagValues, text, whole, yes } from "../shell/flag.js"
import { alternativeFlags, hyperparameterFlags } from "./hyperparameters.js"

export const pretrainFlags = {
  model: modelFlag,
  data: text("a folder (searched deep), a file, a list or a cache", "PATH"),
  out: text("folder of the results (runs/pretrain)", "DIR"),
  ...backendFlags,
  recipe: text("numbers of a published run: videomae-kinetics, ...", "NAME"),
  ...hyperparameterFlags(pretrainFields),
  frames: whole("frames of a clip (16)"),
  stride: whole("take every N-th frame of the video (4)"),
  size: whole("side of a clip in pixels (224)"),
  ...maskFlags,
  target: choice("what to predict (normalised)", ["pixels", "normalised"] as const),
  init: text("weights to begin with, and their model (random)", "CHECKPOINT"),
  checkpointKey: checkpointKeyFlag,
  ...modelChangeFlags,
  saveEvery: whole("steps from checkpoint to checkpoint (500)"),
  keep: whole("checkpoints to keep, 0 for all (3)", 0),
  workers,
  allowMissing,
  findNan: yes("report the first op that yields NaN or Inf"),
  resume: yes("resume from the last checkpoint in --out"),
  dryRun: yes("print the resolved settings and stop"),
}

/** A run's length and its rate may be set in two ways; warm-up and final rate go with them. */
export const alternatives = alternativeFlags(pretrainFields)

export type PretrainValues = FlagValues<typeof pretrainFlags>
