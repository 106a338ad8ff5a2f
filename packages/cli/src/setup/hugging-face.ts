import { extname } from "node:path"
import {
  formatConfig,
  formatPreprocessor,
  type HuggingFaceModel,
  huggingFaceNames,
  type TensorFile,
  writeModel,
} from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import type { Fit } from "@tubelet/models/fit"
import { classNames, theirNames } from "../classify/labels-file.js"
import { UsageError } from "../shell/errors.js"
import { requireWhole } from "./fitted.js"
import type { Mapped } from "./head-map.js"

/** Writes a folder for transformers: weights, config and preprocessor. */
export async function writeHuggingFace(
  fitted: Mapped,
  file: TensorFile,
  out: string,
): Promise<string[]> {
  if (extname(out) !== "")
    throw new UsageError(`--out ${out} is not a folder`, "pass the name of a folder")
  const fit = requireWhole(fitted)
  const classes = fit.kind === "pretrain" ? 0 : fit.config.classes
  const names = classes > 0 ? await classNames(fitted, { classes }) : undefined
  const model = theirModel(fit, fitted, names)
  const texts = {
    "config.json": json(formatConfig(model)),
    "preprocessor_config.json": json(formatPreprocessor(model)),
  }
  return writeModel(out, Object.fromEntries(huggingFaceNames(file).tensors), { texts })
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

/** @throws TubeletError if transformers cannot express the model. */
function theirModel(
  { kind, config }: Fit,
  fitted: Mapped,
  names: readonly string[] | undefined,
): HuggingFaceModel {
  const { path, target } = fitted
  const head = kind === "pretrain" ? undefined : config.head
  const lacks = [
    ...(head !== undefined && head !== "linear" ? [`a head of the kind ${head}`] : []),
    ...(config.cosineAttention ? ["cosine attention"] : []),
    ...(config.initValues > 0 ? ["layer scale"] : []),
    ...(config.learnablePositions ? ["a learned position table"] : []),
  ]
  if (lacks.length > 0) {
    throw new TubeletError(`${path} has ${lacks.join(" and ")}, which no Hugging Face model has`)
  }
  const { imageSize, patchSize, frames, tubelet, encoder, eps, qkvBias } = config
  const classes = kind === "pretrain" ? 0 : config.classes
  return {
    system: config.system === "mae" ? "mae" : "videomae",
    task: kind === "pretrain" ? "pre-training" : classes > 0 ? "classification" : "encoder",
    ...{ imageSize, patchSize, frames, tubelet, encoder, eps, qkvBias },
    ...(kind === "pretrain" && { decoder: config.decoder }),
    pool: kind !== "pretrain" && config.pool === "mean" ? "mean" : "token",
    normalisedTarget: target === "normalised",
    labels:
      names ?? theirNames(fitted) ?? Array.from({ length: classes }, (_, id) => `LABEL_${id}`),
  }
}
