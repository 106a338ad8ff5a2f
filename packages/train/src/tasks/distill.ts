import { add, crossEntropy, div, log, maximum, mul, sum, type Tensor } from "@tubelet/core"
import { type ClassifierModel, type LabelledBatch, weightedMean } from "@tubelet/models"
import type { ClipData } from "../data/clips.js"
import { Answers, checksumOf, requireTeacher, type Teacher } from "../evaluate/teacher.js"
import type { DistillRecipeOptions } from "../recipe/distill-fields.js"
import { type DistillRecipe, resolveDistillRecipe } from "../recipe/recipe.js"
import type { StepResult } from "../run/loop.js"
import type { RunOptions } from "../run/train.js"
import { finetuneTask, type OfModel } from "./finetune.js"
import { type LabelledTask, type LabelledTaskOptions, trainLabelled } from "./labelled.js"

/**
 * The student's loss: the KL divergence from the teacher's probabilities, both at a temperature,
 * times its square, which keeps the size of gradients (Hinton et al. 2015, section 2.1).
 */
function student(model: ClassifierModel, temperature: number): ClassifierModel {
  const taught: ClassifierModel = {
    ...model,
    lossTerms(params, batch: LabelledBatch) {
      const logits = div(model.logits(params, batch), temperature)
      const { labels, weight } = batch
      const divergence = add(crossEntropy(logits, labels), negativeEntropy(labels))
      const error = mul(divergence, temperature ** 2)
      return { sum: sum(mul(error, weight)), weight: sum(weight) }
    },
    loss: (params, batch) => weightedMean(taught.lossTerms(params, batch)),
  }
  return taught
}

/** sum p log p; 0 log 0 is 0. */
const negativeEntropy = (p: Tensor): Tensor => sum(mul(p, log(maximum(p, 1e-30))), -1)

/**
 * Distillation as a task: fine-tuning with the teacher's probabilities for the same augmented and
 * mixed clips as labels ("consistent" teaching, Beyer et al. 2022).
 */
export function distillTask(
  model: ClassifierModel,
  teacher: Teacher,
  recipe: DistillRecipe,
  options: Scored = {},
): LabelledTask {
  requireTeacher(teacher, model)
  const { batch, repeats, temperature } = recipe
  const taught = student(model, temperature)
  const learned = finetuneTask(taught, { ...recipe, smoothing: 0 }, options)
  const answers = new Answers(teacher, batch * repeats)
  return {
    ...learned,
    name: "distill",
    async assemble(clips, step, backend) {
      // The labels of the clips, if they have any, are not learned.
      const labels = new Int32Array(clips.samples.length)
      const arrays = await learned.assemble({ ...clips, labels }, step, backend)
      const seen = arrays.clips as Float32Array
      return { ...arrays, labels: await answers.probabilities(backend, seen, temperature) }
    },
    release: (backend) => answers.release(backend),
    identity: { ...learned.identity, temperature, teacher: checksumOf(teacher) },
  }
}

/** Class weights are for labels. */
type Scored = Omit<LabelledTaskOptions, "classWeights">

export interface DistillOptions extends Omit<DistillRecipeOptions, OfModel>, Scored, RunOptions {
  /** The student. */
  readonly model: ClassifierModel
  readonly teacher: Teacher
  /** Normalised clips; labels are not needed. */
  readonly data: ClipData<"f32">
}

/**
 * Trains a classifier on a teacher's predictions and yields after each step. The same seed gives
 * the same weights, as in `pretrain`.
 */
export function distill(options: DistillOptions): AsyncGenerator<StepResult, void, void> {
  const { model, teacher, data } = options
  const { dropPath, headDropout } = model.drops
  const { system } = model.config
  const recipe = resolveDistillRecipe(system, data.length, { ...options, dropPath, headDropout })
  return trainLabelled(options, recipe, () => distillTask(model, teacher, recipe, options))
}
