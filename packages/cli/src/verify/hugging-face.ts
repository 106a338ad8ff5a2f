import { access } from "node:fs/promises"
import { join } from "node:path"
import { fromHuggingFace } from "@tubelet/checkpoint"
import type { Backend } from "@tubelet/core"
import { pretrainModel, targetNamed } from "@tubelet/models"
import { huggingFaceConfig } from "./config.js"
import { type Arrays, observe } from "./run.js"
import { besides, need, readJson, readTensors, type VerifySet } from "./set.js"
import { videoBatch } from "./video.js"
import { floatsOf } from "./weights.js"

/** Inputs lie in the set itself, or in that of the same name without `hf-`. */
async function inputsFile(set: VerifySet): Promise<string> {
  const own = join(set.folder, "inputs.safetensors")
  const present = await access(own).then(
    () => true,
    () => false,
  )
  return present ? own : join(besides(set, set.name.replace(/^hf-/, "")), "inputs.safetensors")
}

/** Everything a `hf-videomae-pretrain-*` set asks for. */
export async function huggingFacePretrain(backend: Backend, set: VerifySet): Promise<Arrays> {
  const config = await readJson(join(set.folder, "config.json"))
  const stored = floatsOf(await readTensors(join(set.folder, "model.safetensors")))
  const target = targetNamed(config.norm_pix_loss === false ? "pixels" : "normalised")
  const model = pretrainModel(huggingFaceConfig(config), { target })
  const weights = fromHuggingFace(stored)
  const inputs = await readTensors(await inputsFile(set))
  const videos = need(inputs, "videos", "inputs")
  const mask = need(inputs, "mask", "inputs").data
  const batch = videoBatch(videos.data as Float32Array, mask, videos.shape[0]!)
  const taps = await observe(backend, model, weights, batch)
  return { last_hidden_state: taps.latent!, logits: taps.prediction!, loss: taps.loss! }
}
