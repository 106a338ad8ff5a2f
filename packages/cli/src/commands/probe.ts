import { classifierConfig, classifierModel, type HeadKind } from "@tubelet/models"
import {
  type ProbeRecipe,
  probe,
  probeFields,
  resolveProbeRecipe,
  settledOptions,
} from "@tubelet/train"
import { publishedTransforms } from "@tubelet/video"
import { optionsFrom } from "../flags/hyperparameters.js"
import { type LabelledValues, labelledFlags } from "../flags/labelled.js"
import { labelledCommand } from "../labelled/command.js"
import { probeNeighbours } from "../labelled/knn.js"
import { probeRecipeOf } from "../labelled/recipes.js"
import type { LabelledTask } from "../labelled/task.js"
import type { Command } from "../shell/command.js"
import { choice, type FlagValues } from "../shell/flag.js"

const folder = "runs/probe"

const flags = {
  head: choice("type of head (linear)", ["linear", "attentive", "knn"]),
  ...labelledFlags(probeFields, folder),
}

type Head = FlagValues<Pick<typeof flags, "head">>

/** The kind of head that a name stands for. */
const headOf = ({ head }: Head): HeadKind => (head === "attentive" ? head : "batch-norm")

export const probeTask: LabelledTask<ProbeRecipe> = {
  ...{ name: "probe", folder, flags, fields: probeFields },
  resolve: (system, clips, values: Head) =>
    resolveProbeRecipe(system, clips, optionsFrom(probeFields, values), headOf(values)),
  recipe: probeRecipeOf(probeFields),
  config(base, given, values: Head) {
    const head = headOf(values)
    const pool = head === "attentive" ? "none" : base.system === "mae" ? "token" : "mean"
    return classifierConfig(base, { ...given, head, pool })
  },
  settings: ({ head }) => ({ head: head === "attentive" ? head : "linear" }),
  model: (config) => classifierModel(config),
  transforms: () => [...publishedTransforms["image-probe"], "normalise"],
  steps: (recipe, run) => probe({ ...settledOptions(probeFields, recipe), ...run }),
}

const command = labelledCommand(probeTask, {
  summary: "train a head on a frozen encoder, to see what pre-training has learned",
  details:
    "The defaults of a linear probe are MAE's, for batches of thousands; with few clips, pass\n" +
    "--optimizer adamw --lr 1e-3. Those of an attentive one are V-JEPA's. Evaluates and\n" +
    "resumes like finetune.",
  example:
    "tubelet probe --init runs/first --data actions --size 112 --steps 200 --batch 2 " +
    "--optimizer adamw --lr 1e-3",
})

export const probeCommand: Command = {
  ...command,
  run: (operands, values: Head & LabelledValues, context) =>
    values.head === "knn"
      ? probeNeighbours(values, context.output)
      : command.run(operands, values, context),
}
