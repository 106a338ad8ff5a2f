import { classifierConfig, classifierModel } from "@tubelet/models"
import {
  type FinetuneRecipe,
  finetune,
  finetuneFields,
  resolveFinetuneRecipe,
  settledOptions,
} from "@tubelet/train"
import { publishedTransforms } from "@tubelet/video"
import { optionsFrom } from "../flags/hyperparameters.js"
import { labelledFlags } from "../flags/labelled.js"
import { labelledCommand } from "../labelled/command.js"
import { withoutModel } from "../labelled/of-model.js"
import { finetuneRecipeOf } from "../labelled/recipes.js"
import type { LabelledTask } from "../labelled/task.js"

const folder = "runs/finetune"

export const finetuneTask: LabelledTask<FinetuneRecipe> = {
  ...{ name: "finetune", folder, fields: finetuneFields },
  flags: labelledFlags(finetuneFields, folder),
  resolve: (system, clips, values) =>
    resolveFinetuneRecipe(system, clips, optionsFrom(finetuneFields, values)),
  recipe: finetuneRecipeOf(finetuneFields),
  config: (base, given) => classifierConfig(base, { ...given, pool: "mean" }),
  model: (config, recipe) => classifierModel(config, recipe),
  transforms: (system) =>
    publishedTransforms[system === "mae" ? "image-finetune" : "video-finetune"],
  steps: (recipe, run) =>
    finetune({ ...withoutModel(settledOptions(finetuneFields, recipe)), ...run }),
}

export const finetuneCommand = labelledCommand(finetuneTask, {
  summary: "fine-tune a pre-trained encoder on labelled clips or images",
  details:
    "Trains on the split train of a data set and evaluates on val or test with each checkpoint.\n" +
    "Something-Something implies --sampling segments and --directional. Resumes like pretrain.",
  example: "tubelet finetune --init runs/first --data actions --size 112 --steps 200 --batch 2",
})
