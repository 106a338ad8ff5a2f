import { resolve } from "node:path"
import { type ClassifierConfig, classifierConfig, classifierModel } from "@tubelet/models"
import {
  type DistillRecipe,
  distill,
  distillFields,
  resolveDistillRecipe,
  settledOptions,
} from "@tubelet/train"
import { publishedTransforms } from "@tubelet/video"
import { type TrainedClassifier, trainedClassifier } from "../classify/classifier.js"
import { trainingHeadings } from "../flags/headings.js"
import { alternativeFlags, optionsFrom } from "../flags/hyperparameters.js"
import { labelledFlags } from "../flags/labelled.js"
import { labelledCommand, stopping } from "../labelled/command.js"
import { withoutModel } from "../labelled/of-model.js"
import { distillRecipeOf } from "../labelled/recipes.js"
import type { LabelledTask } from "../labelled/task.js"
import { storedInit, storedValues } from "../run/settings.js"
import type { Command } from "../shell/command.js"
import { UsageError } from "../shell/errors.js"
import { type FlagValues, text } from "../shell/flag.js"

const folder = "runs/distill"

const flags = {
  teacher: text("trained classifier to distil", "CHECKPOINT"),
  ...labelledFlags(distillFields, folder),
}

type Values = FlagValues<typeof flags>

/** What does not depend on the teacher. */
export const distilling: Pick<LabelledTask<DistillRecipe>, "resolve" | "recipe" | "transforms"> = {
  resolve: (system, clips, values) =>
    resolveDistillRecipe(system, clips, optionsFrom(distillFields, values)),
  recipe: distillRecipeOf(distillFields),
  transforms: (system) =>
    publishedTransforms[system === "mae" ? "image-finetune" : "video-finetune"],
}

/** Distillation from a teacher, named by the path that a resumed run reads. */
const taskOf = (path: string, teacher: TrainedClassifier): LabelledTask<DistillRecipe> => ({
  ...{ name: "distill", folder, flags, fields: distillFields },
  ...distilling,
  classes: teacher.names ?? numbers(teacher.model.config),
  config(base, given) {
    const { frames, imageSize } = teacher.model.config
    requireTeachersClips({ frames, imageSize }, given)
    return classifierConfig(base, { frames, imageSize, ...given, pool: "mean" })
  },
  settings: () => ({ teacher: storedInit(path) }),
  model: (config, recipe) => classifierModel(config, recipe),
  steps: (recipe, run) =>
    distill({ ...withoutModel(settledOptions(distillFields, recipe)), ...run, teacher }),
})

type ClipSize = Pick<ClassifierConfig, "frames" | "imageSize">

/** Throws if flags ask for clips that the teacher cannot see: it sees those of the student. */
function requireTeachersClips(teachers: ClipSize, given: Partial<ClipSize>): void {
  for (const [name, flag, unit] of [
    ["imageSize", "--size", "pixels"],
    ["frames", "--frames", "frames"],
  ] as const) {
    const [known, wanted] = [teachers[name], given[name] ?? teachers[name]]
    if (known === wanted) continue
    throw new UsageError(
      `${flag} is ${wanted}, but the teacher takes clips of ${known} ${unit}, and the student ` +
        "sees the same clips",
      `omit ${flag}: the student's positions are resized to the teacher's clips`,
    )
  }
}

const numbers = ({ classes }: ClassifierConfig): string[] =>
  Array.from({ length: classes }, (_, label) => `${label}`)

const words = {
  summary: "train a small classifier on the predictions of a large one",
  details:
    "The student learns the teacher's probabilities for the same augmented clips; labels are\n" +
    "only used for evaluation. Clips have the teacher's size. Resumes like pretrain.",
  example:
    "tubelet distill --teacher runs/finetune --init runs/first --data clips --steps 200 --batch 2",
}

export const distillCommand: Command = {
  ...{ name: "distill", operands: [], flags, ...words },
  headings: trainingHeadings,
  alternatives: alternativeFlags(distillFields),
  onStop: stopping,

  async run(operands, values: Values, context) {
    if (values.classWeights === "balanced") {
      throw new UsageError("--class-weights does not apply to a teacher's predictions", "omit it")
    }
    if (values.oneBatch) {
      throw new UsageError("--one-batch does not apply to a teacher's predictions", "omit it")
    }
    const path = values.teacher ?? (await storedTeacher(values))
    if (path === undefined) {
      throw new UsageError("--teacher is missing", "pass the folder of a run of tubelet finetune")
    }
    const teacher = await trainedClassifier({ checkpoint: path }, context.output)
    return labelledCommand(taskOf(path, teacher), words).run(operands, values, context)
  },
}

/** The teacher of the run to resume. */
const storedTeacher = async ({ resume, out = folder }: Values): Promise<string | undefined> =>
  resume ? (await storedValues(resolve(out), flags)).teacher : undefined
