import type { Checkpoint } from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import type { ClassifierConfig, ClassifierModel, PretrainConfig } from "@tubelet/models"
import { type Transfer, transferWeights } from "@tubelet/models/fit"
import type { ReadTensor } from "@tubelet/train"
import type { LabelledValues } from "../flags/labelled.js"
import { isClassifierConfig } from "../flags/model-choice.js"
import { kept } from "../run/settings.js"
import { modelConfig, shownFit } from "../setup/any-model.js"
import { type Mapped, openMapped } from "../setup/head-map.js"
import { counted } from "../shell/counted.js"
import { UsageError } from "../shell/errors.js"
import type { Output } from "../shell/output.js"
import { some } from "../shell/some.js"

/** What a run starts from: a resumed run's classifier, a checkpoint, or random weights. */
export interface Start {
  readonly base: PretrainConfig | ClassifierConfig
  /** Open until the run ends. */
  readonly checkpoint?: Mapped
}

/**
 * Finds the model to start from. A run that `resumes` continues from its last checkpoint, and does
 * not open the pre-trained one.
 */
export async function startOf(
  values: LabelledValues,
  resumes: boolean,
  output: Output,
): Promise<Start> {
  const { init, model } = values
  // Sizes are the new clips', not those that the checkpoint was trained with.
  const told = kept(values, ["checkpointKey", "system", "heads", "headMap"])
  const stored = isClassifierConfig(model) ? model : undefined
  if (init !== undefined && !(stored && resumes)) {
    const checkpoint = await openMapped(init, told, output)
    return { base: stored ?? shownFit(checkpoint, output).config, checkpoint }
  }
  if (stored) return { base: stored }
  if (model === undefined || isClassifierConfig(model) || !values.allowFresh) throw noStart()
  return { base: await modelConfig(model, told, output) }
}

const noStart = () =>
  new UsageError(
    "--init is missing",
    "pass a pre-trained checkpoint: --init runs/pretrain; to train from random weights, " +
      "--model videomae-s --allow-fresh",
  )

/** Throws if a head map is for other classes than those of the data set. */
export function requireHead({ checkpoint }: Start, data: string, classes: readonly string[]): void {
  const mapped = checkpoint?.headRows?.length ?? classes.length
  if (mapped === classes.length) return
  throw new TubeletError(
    `the head map has ${mapped} entries, but ${data} has ${classes.length} classes`,
    "pass the map for this data set, or omit it to start with a new head",
  )
}

interface Wanted {
  readonly seed: number
  readonly allowFresh: boolean
  readonly output: Output
}

/** Initial weights: those of the checkpoint under their names in the model, the rest at random. */
export function transferredWeights(
  model: ClassifierModel,
  { path, file, fit, headRows }: Mapped,
  { seed, allowFresh, output }: Wanted,
): ReadTensor {
  const shapes = Object.fromEntries(file.names.map((name) => [name, file.shape(name)]))
  const { imageSize, frames } = fit!.config
  const transfer = transferWeights(model, shapes, { from: { imageSize, frames } })
  if (headRows && transfer.fresh.some((name) => name.startsWith("head."))) {
    throw new TubeletError(`${path} has a different kind of head`, "omit --head-map")
  }
  report(model, file, transfer, { allowFresh, output })
  return async (name) => {
    const source = transfer.sources[name]
    if (source === undefined) return model.initialWeight(name, seed)
    return transfer.convert(name, await file.floats(source))
  }
}

const isHead = (name: string): boolean => /^(head|fc_norm|norm)\./.test(name)

/** Says where the encoder's tensors come from; refuses an encoder that is partly random. */
function report(
  model: ClassifierModel,
  { path }: Checkpoint,
  { fresh, resized }: Transfer,
  { allowFresh, output }: { readonly allowFresh: boolean; readonly output: Output },
): void {
  const encoder = Object.keys(model.specs).filter((name) => !isHead(name))
  const lacking = fresh.filter((name) => !isHead(name))
  const found = `${encoder.length - lacking.length} of ${counted(encoder.length, "encoder tensor")}`
  if (lacking.length > 0 && !allowFresh) {
    throw new TubeletError(
      `${path} has only ${found}; missing: ${some(lacking)}`,
      "pass a checkpoint of this model, or --allow-fresh to initialise the missing ones at random",
    )
  }
  const sized = resized.length > 0 ? `; resized: ${resized.join(", ")}` : ""
  const heads = new Set(fresh.map((name) => name.replace(/\.[^.]*$/, "")))
  output.log(`${found} from ${path}${sized}; new: ${[...heads].join(", ") || "none"}`)
}
