import type { ClassifierConfig } from "@tubelet/models"
import { finetuneFields } from "@tubelet/train"
import { backendFlags } from "../backends.js"
import { choice, type Flag, type FlagValues, text, yes } from "../shell/flag.js"
import { clipFlags, modelClipFlags } from "./clip.js"
import { dataFlags, labelledDataFlags, transformFlag } from "./data.js"
import { alternativeFlags, hyperparameterFlags } from "./hyperparameters.js"
import { checkpointKeyFlag, modelChangeFlags } from "./model.js"
import { isClassifierConfig, type ModelChoice, modelFlag } from "./model-choice.js"
import { checkpointFlags, outFlag, runFlags } from "./run.js"

const { pictures: _, ...labelled } = labelledDataFlags
const { decoderHeads: __, ...changes } = modelChangeFlags

/** A model to start from; in a run's config, its classifier. */
const model: Flag<ModelChoice | ClassifierConfig> = {
  ...modelFlag,
  help: "with --allow-fresh: a preset or config to start from",
  read: (value, name) => (isClassifierConfig(value) ? value : modelFlag.read(value, name)),
}

export const finetuneFlags = {
  init: text("pre-trained checkpoint to start from, and its model", "CHECKPOINT"),
  data: text("labelled data set, see tubelet data", "PATH"),
  valData: text("data set to score (the split val or test of --data)", "PATH"),
  ...labelled,
  allowDuplicates: yes("allow clips that are both learned from and scored"),
  out: outFlag("runs/finetune"),
  ...backendFlags,
  ...hyperparameterFlags(finetuneFields),
  ...modelClipFlags,
  stride: clipFlags.stride,
  sampling: choice("frames of a video (dense)", ["dense", "segments", "hybrid"]),
  transform: transformFlag,
  directional: yes("no flips: a direction tells classes apart"),
  checkpointKey: checkpointKeyFlag,
  ...changes,
  model,
  allowFresh: yes("allow random weights where the checkpoint has none"),
  ...checkpointFlags,
  ...dataFlags,
  ...runFlags,
}

export const alternatives = alternativeFlags(finetuneFields)

export type FinetuneValues = FlagValues<typeof finetuneFlags>
