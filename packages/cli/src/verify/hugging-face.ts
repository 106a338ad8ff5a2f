import { fromHuggingFace, readJsonObject } from "@tubelet/checkpoint"
import type { Backend } from "@tubelet/core"
import { classifierModel, pretrainModel, softTargets, targetNamed } from "@tubelet/models"
import { huggingFaceClassifier, huggingFaceConfig } from "./config.js"
import type { SetFiles } from "./files.js"
import { clipsOf, labelledBatch, observeClassifier } from "./finetuning.js"
import { observePretraining } from "./pretraining.js"
import type { Arrays, Weights } from "./run.js"
import { need, readInputs, readWeights, type Tensors, type VerifySet } from "./set.js"
import { videoBatch } from "./video.js"

/** Inputs lie in the set itself, or in that of the same name without `hf-`. */
const withInputs = async (files: SetFiles): Promise<SetFiles> =>
  (await files.has("inputs.safetensors")) ? files : files.beside(files.name.replace(/^hf-/, ""))

interface Opened {
  readonly config: Record<string, unknown>
  /** Under official names. */
  readonly weights: Weights
  readonly inputs: Tensors
}

const openHuggingFace = async ({ files }: VerifySet): Promise<Opened> => ({
  config: await readJsonObject(await files.open("config.json")),
  weights: fromHuggingFace(await readWeights(files, "model.safetensors")),
  inputs: await readInputs(await withInputs(files)),
})

/** Everything a `hf-videomae-pretrain-*` set asks for. */
export async function huggingFacePretrain(backend: Backend, set: VerifySet): Promise<Arrays> {
  const { config, weights, inputs } = await openHuggingFace(set)
  const target = targetNamed(config.norm_pix_loss === false ? "pixels" : "normalised")
  const model = pretrainModel(huggingFaceConfig(config), { target })
  const { clips, size } = clipsOf(inputs)
  const batch = videoBatch(clips, need(inputs, "mask", "inputs").data, size)
  const taps = await observePretraining(backend, model, weights, batch)
  return { last_hidden_state: taps.latent!, logits: taps.prediction!, loss: taps.loss! }
}

/** Everything a `hf-videomae-finetune-*` set asks for; its loss is plain cross entropy. */
export async function huggingFaceFinetune(backend: Backend, set: VerifySet): Promise<Arrays> {
  const { config, weights, inputs } = await openHuggingFace(set)
  const classes = weights["head.bias"]?.length ?? 0
  const model = classifierModel(huggingFaceClassifier(config, classes))
  const { clips, size } = clipsOf(inputs)
  const labels = softTargets(need(inputs, "labels", "inputs").data, { classes })
  return observeClassifier(backend, model, weights, labelledBatch(clips, labels, size))
}
