import { pretrainFields } from "@tubelet/train"
import { backendFlags } from "../backends.js"
import { type FlagValues, text, whole } from "../shell/flag.js"
import { clipFlags, modelClipFlags } from "./clip.js"
import { dataFlags, transformFlag } from "./data.js"
import { alternativeFlags, hyperparameterFlags } from "./hyperparameters.js"
import { maskFlags } from "./mask.js"
import { checkpointKeyFlag, modelChangeFlags, targetFlag } from "./model.js"
import { modelFlag } from "./model-choice.js"
import { checkpointFlags, findLrFlag, outFlag, runFlags, watchFlags } from "./run.js"

export const pretrainFlags = {
  model: modelFlag,
  data: text("folder (searched recursively), file, list or cache", "PATH"),
  out: outFlag("runs/pretrain"),
  ...backendFlags,
  recipe: text("published recipe: videomae/k400-pretrain, ...", "NAME"),
  ...hyperparameterFlags(pretrainFields),
  ...modelClipFlags,
  stride: clipFlags.stride,
  transform: transformFlag,
  ...maskFlags,
  target: targetFlag,
  init: text("checkpoint to start from (random weights)", "CHECKPOINT"),
  checkpointKey: checkpointKeyFlag,
  ...modelChangeFlags,
  ...checkpointFlags,
  probe: text("score features on this data set during the run", "PATH"),
  probeEvery: whole("steps between probes (--save-every)"),
  ...watchFlags,
  ...dataFlags,
  findLr: findLrFlag,
  ...runFlags,
}

/** A run's length and its rate may be set in two ways; warm-up and final rate go with them. */
export const alternatives = alternativeFlags(pretrainFields)

export type PretrainValues = FlagValues<typeof pretrainFlags>
