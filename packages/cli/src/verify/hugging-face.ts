import { officialNames, readJsonObject } from "@tubelet/checkpoint"
import type { Backend } from "@tubelet/core"
import { classifierModel, pretrainModel, softTargets } from "@tubelet/models"
import { huggingFaceClassifier, huggingFacePretraining } from "./config.js"
import type { SetFiles } from "./files.js"
import { batchOf, clipsOf, observeClassifier } from "./finetuning.js"
import { inRaster, maeBatch, maeKeep, orders } from "./mae.js"
import { type HostBatch, observePretraining } from "./pretraining.js"
import type { Arrays, Weights } from "./run.js"
import { need, readInputs, readWeights, type Tensors, type VerifySet } from "./set.js"
import { videoBatch } from "./video.js"

/** The family of their model; they call MAE ViTMAE, and its classifier ViT. */
type Kind = "mae" | "videomae"

/** Inputs are in the set itself, or in the authors' set of the same name. */
const withInputs = async (files: SetFiles): Promise<SetFiles> =>
  (await files.has("inputs.safetensors"))
    ? files
    : files.beside(files.name.replace(/^hf-(vit)?/, ""))

interface Opened {
  readonly config: Record<string, unknown>
  /** Under official names. */
  readonly weights: Weights
  readonly inputs: Tensors
}

const openHuggingFace = async ({ files }: VerifySet): Promise<Opened> => ({
  config: await readJsonObject(await files.open("config.json")),
  weights: await readWeights(files, "model.safetensors", officialNames),
  inputs: await readInputs(await withInputs(files)),
})

/** Computes an `hf-videomae-pretrain-*` set. */
export async function videoMaePretrain(backend: Backend, set: VerifySet): Promise<Arrays> {
  const { config, weights, inputs } = await openHuggingFace(set)
  const { clips, size } = clipsOf(inputs)
  const batch = videoBatch(clips, need(inputs, "mask", "inputs").data, size)
  const taps = await observe(backend, "videomae", { config, weights, batch })
  return { last_hidden_state: taps.latent, logits: taps.prediction, loss: taps.loss }
}

/** Computes an `hf-vitmae-pretrain-*` set. */
export async function vitMaePretrain(backend: Backend, set: VerifySet): Promise<Arrays> {
  const { config, weights, inputs } = await openHuggingFace(set)
  const { clips, size } = clipsOf(inputs)
  const noise = need(inputs, "noise", "inputs").data as Float32Array
  const tokens = noise.length / size
  const keep = maeKeep({ ...set, config }, tokens)
  const batch = maeBatch(clips, noise, size, keep)
  const taps = await observe(backend, "mae", { config, weights, batch })
  const { latent, pred } = inRaster(taps, batch, tokens)
  const { mask, ids_restore } = orders(noise, size, keep)
  return { last_hidden_state: latent, logits: pred, loss: taps.loss, mask: mask, ids_restore }
}

function observe(
  backend: Backend,
  kind: Kind,
  { config, weights, batch }: Pick<Opened, "config" | "weights"> & { batch: HostBatch },
): Promise<Arrays> {
  const { config: shape, target } = huggingFacePretraining(kind, config)
  return observePretraining(backend, pretrainModel(shape, { target }), weights, batch)
}

/** Computes an `hf-*-finetune-*` set; its loss is cross entropy. */
export const finetune =
  (kind: Kind) =>
  async (backend: Backend, set: VerifySet): Promise<Arrays> => {
    const { config, weights, inputs } = await openHuggingFace(set)
    const classes = weights["head.bias"]?.length ?? 0
    const model = classifierModel(huggingFaceClassifier(kind, config, classes))
    const { clips, size } = clipsOf(inputs)
    const labels = softTargets(need(inputs, "labels", "inputs").data, { classes })
    return observeClassifier(backend, model, weights, batchOf(clips, labels, size))
  }
