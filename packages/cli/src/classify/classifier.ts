import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { loadWeights, readJsonObject } from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import { type ClassifierModel, classifierModel } from "@tubelet/models"
import type { DatasetOptions, TestView } from "@tubelet/video"
import type { ClassifyValues } from "../flags/classify.js"
import { isCount } from "../flags/model-choice.js"
import { assumed } from "../setup/any-model.js"
import type { Fitted } from "../setup/fitted.js"
import { openMapped } from "../setup/head-map.js"
import { UsageError } from "../shell/errors.js"
import type { Output } from "../shell/output.js"
import { shortPath } from "../shell/short-path.js"
import { classNames, theirNames } from "./labels-file.js"
import { type SamplingName, viewsOf } from "./views.js"

/** A trained classifier with the names of its classes. */
export interface TrainedClassifier {
  readonly model: ClassifierModel
  readonly weights: Readonly<Record<string, Float32Array>>
  /** Undefined if neither a file nor the checkpoint has them. */
  readonly names: readonly string[] | undefined
  readonly sampling: SamplingName
  readonly stride: number
  /** The partition of the data set that the run was trained on. */
  readonly partition: string | undefined
  /** What the run held out of its data set for validation, if it did. */
  readonly heldOut: HeldOut | undefined
  readonly views: readonly TestView[]
}

/** How a run held clips out of its data set. */
export type HeldOut = Pick<DatasetOptions, "valFraction" | "groupBy" | "seed"> & {
  readonly data: string
}

/** Reads the classifier of `--checkpoint`: its weights, the names of its classes, its clips. */
export async function trainedClassifier(
  values: ClassifyValues,
  output: Output,
): Promise<TrainedClassifier> {
  const { checkpoint, labels } = values
  if (checkpoint === undefined) {
    throw new UsageError("--checkpoint is missing", "pass the folder of a run of tubelet finetune")
  }
  const fitted = await openMapped(checkpoint, values, output)
  try {
    const model = classifierOf(fitted, output)
    const { weights } = await loadWeights(fitted.file, model.specs)
    const run = await runBeside(fitted.path)
    const { stride = isCount(run.stride) ? run.stride : 4 } = values
    const { system, imageSize: size, classes } = model.config
    const sampling = samplingOf(run)
    const views = viewsOf(values.views ?? "1x1", { system, size, sampling })
    tellAverage(fitted.path, output)
    return {
      model,
      weights,
      names: (await classNames(fitted, { classes, labels })) ?? theirNames(fitted),
      ...{ sampling, stride },
      partition: isPartition(run.split) ? run.split : undefined,
      heldOut: heldOutOf(run),
      views,
    }
  } finally {
    await fitted.file.close()
  }
}

function classifierOf(fitted: Fitted, output: Output): ClassifierModel {
  const { path, fit, notes } = fitted
  for (const note of notes) output.log(note)
  if (fit?.kind !== "classifier") {
    throw new TubeletError(
      `${path} is not a classifier${fit ? ": it has no head" : ""}`,
      "pass a checkpoint from tubelet finetune, or one that the authors fine-tuned",
    )
  }
  const guessed = assumed(fitted)
  if (guessed) output.log(guessed)
  return classifierModel(fit.config)
}

/** Whether a split is the number of an official partition, as UCF101 and HMDB51 have. */
export const isPartition = (split: unknown): split is string =>
  typeof split === "string" && /^\d+$/.test(split)

function heldOutOf(run: Readonly<Record<string, unknown>>): HeldOut | undefined {
  const { data, valFraction, groupBy, seed } = run
  if (typeof valFraction !== "number" || typeof data !== "string") return undefined
  return {
    ...{ data, valFraction },
    ...(typeof groupBy === "string" && { groupBy }),
    ...(typeof seed === "number" && { seed }),
  }
}

const samplingOf = ({ sampling }: Readonly<Record<string, unknown>>): SamplingName =>
  sampling === "segments" || sampling === "hybrid" ? sampling : "dense"

/** A run with an EMA scored the average; the checkpoint is the weights. */
function tellAverage(path: string, output: Output): void {
  const average = join(dirname(path), "ema.safetensors")
  if (path !== average && existsSync(average)) {
    output.log(`the averaged weights (EMA) can be scored too: ${shortPath(average)}`)
  }
}

/** The config of the run that wrote a checkpoint, if there is one. */
async function runBeside(path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = join(dirname(path), "config.json")
  return existsSync(file) ? readJsonObject(file) : {}
}
