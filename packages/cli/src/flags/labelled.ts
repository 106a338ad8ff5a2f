import type { ClassifierConfig } from "@tubelet/models"
import type { Fields } from "@tubelet/train"
import { backendFlags } from "../backends.js"
import { choice, type Flag, type FlagValues, text, yes } from "../shell/flag.js"
import { clipFlags, modelClipFlags } from "./clip.js"
import { dataFlags, labelledDataFlags, transformFlag } from "./data.js"
import { type HyperparameterFlags, hyperparameterFlags } from "./hyperparameters.js"
import { checkpointKeyFlag, headMapFlag, modelChangeFlags } from "./model.js"
import { isClassifierConfig, type ModelChoice, modelFlag } from "./model-choice.js"
import {
  checkpointFlags,
  findLrFlag,
  oneBatchFlag,
  outFlag,
  runFlags,
  scoredFlags,
  watchFlags,
} from "./run.js"

const { pictures: _, ...labelled } = labelledDataFlags
const { decoderHeads: __, ...changes } = modelChangeFlags

/** A model to start from; in a run's config, its classifier. */
const model: Flag<ModelChoice | ClassifierConfig> = {
  ...modelFlag,
  help: "with --allow-fresh: a preset or config to start from",
  read: (value, name) => (isClassifierConfig(value) ? value : modelFlag.read(value, name)),
}

const before = {
  init: text("pre-trained checkpoint; also sets the model", "CHECKPOINT"),
  data: text("labelled data set, see tubelet data", "PATH"),
  valData: text("validation data set (val or test of --data)", "PATH"),
  ...labelled,
  allowDuplicates: yes("allow the same clips in training and validation"),
}

const after = {
  ...modelClipFlags,
  stride: clipFlags.stride,
  sampling: choice("frame sampling (dense)", ["dense", "segments", "hybrid"]),
  transform: transformFlag,
  directional: yes("no flips, for classes that differ by direction"),
  balance: yes("balance classes by repeating clips of rare ones"),
  classWeights: choice("class weights in the loss (none)", ["none", "balanced"]),
  headMap: headMapFlag,
  checkpointKey: checkpointKeyFlag,
  ...changes,
  model,
  allowFresh: yes("use random weights for missing tensors"),
  ...checkpointFlags,
  ...scoredFlags,
  ...watchFlags,
  ...dataFlags,
  oneBatch: oneBatchFlag,
  findLr: findLrFlag,
  ...runFlags,
}

const recipeFlag = { recipe: text("published recipe, or small-data: see the docs", "NAME") }

/** The flags of a task on labelled clips that has these hyperparameters. */
export const labelledFlags = <F extends Fields>(
  fields: F,
  folder: string,
): LabelledFlags & HyperparameterFlags<F> => ({
  ...before,
  out: outFlag(folder),
  ...backendFlags,
  ...recipeFlag,
  ...hyperparameterFlags(fields),
  ...after,
})

/** The flags that every task on labelled clips has. */
export type LabelledFlags = typeof before &
  typeof after &
  typeof backendFlags &
  typeof recipeFlag & { readonly out: Flag<string> }

/** Their values, with those of the hyperparameters that a run itself needs. */
export type LabelledValues = FlagValues<LabelledFlags> & {
  readonly seed?: number
  readonly accumulate?: number
}
