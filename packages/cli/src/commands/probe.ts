import { classifierConfig, classifierModel } from "@tubelet/models"
import {
  type ProbeRecipe,
  probe,
  probeFields,
  resolveProbeRecipe,
  settledOptions,
} from "@tubelet/train"
import { publishedTransforms } from "@tubelet/video"
import { optionsFrom } from "../flags/hyperparameters.js"
import { labelledFlags } from "../flags/labelled.js"
import { labelledCommand } from "../labelled/command.js"
import type { LabelledTask } from "../labelled/task.js"
import { choice, type FlagValues } from "../shell/flag.js"

const folder = "runs/probe"

const flags = {
  head: choice("what learns (linear)", ["linear", "attentive"]),
  ...labelledFlags(probeFields, folder),
}

const task: LabelledTask<ProbeRecipe> = {
  ...{ name: "probe", folder, flags, fields: probeFields },
  resolve: (system, clips, values) =>
    resolveProbeRecipe(system, clips, optionsFrom(probeFields, values)),
  config(base, given, { head = "linear" }: FlagValues<Pick<typeof flags, "head">>) {
    if (head === "attentive") return classifierConfig(base, { ...given, head, pool: "none" })
    const pool = base.system === "mae" ? "token" : "mean"
    return classifierConfig(base, { ...given, head: "batch-norm", pool })
  },
  settings: ({ head }) => ({ head: head === "attentive" ? head : "linear" }),
  model: (config) => classifierModel(config),
  transforms: () => [...publishedTransforms["image-probe"], "normalise"],
  steps: (recipe, run) => probe({ ...settledOptions(probeFields, recipe), ...run }),
}

export const probeCommand = labelledCommand(task, {
  summary: "train a head on a frozen encoder, to see what pre-training learned",
  details:
    "The defaults are those of MAE's linear probe, for batches of thousands; with few clips, pass\n" +
    "--optimizer adamw --lr 1e-3. Scores val or test and resumes like finetune.",
  example:
    "tubelet probe --init runs/first --data actions --size 112 --steps 200 --batch 2 " +
    "--optimizer adamw --lr 1e-3",
})
