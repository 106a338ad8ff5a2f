import type { Backend, HostArray } from "@tubelet/core"
import { type PretrainModel, pretrainModel, targetNamed } from "@tubelet/models"
import { officialPretraining } from "./config.js"
import { coloursLast, columns, positionsWhere } from "./layout.js"
import {
  computeTarget,
  type HostBatch,
  observePretraining,
  openPretraining,
} from "./pretraining.js"
import type { Arrays, Weights } from "./run.js"
import { need, readInputs, readWeights, type VerifySet } from "./set.js"

/** A batch of a video model. `notDecoded` is V2's decoder mask: 1 for tokens not predicted. */
export function videoBatch(
  videos: HostArray,
  hidden: ArrayLike<number>,
  size: number,
  notDecoded: ArrayLike<number> = Array.from(hidden, (h) => 1 - h),
): HostBatch {
  const targets = positionsWhere(notDecoded, size, 0)
  const tokens = hidden.length / size
  const each = targets.length / size
  return {
    size,
    arrays: {
      clips: coloursLast(videos, size),
      visible: positionsWhere(hidden, size, 0),
      targets,
      weight: Float32Array.from(targets, (at, i) => hidden[Math.floor(i / each) * tokens + at]),
    },
  }
}

/** The authors' names of our taps. */
const renamed: Readonly<Record<string, string>> = {
  latent: "encoder_out",
  decoder_embed: "encoder_to_decoder",
  prediction: "decoder_out",
  target: "labels",
  patchEmbed: "patch_embed",
}

export const officialNames = (taps: Arrays, prefix = ""): Arrays =>
  Object.fromEntries(
    Object.entries(taps).map(([name, data]) => [`${prefix}${renamed[name] ?? name}`, data]),
  )

async function lossAndGradients(
  backend: Backend,
  model: PretrainModel,
  weights: Weights,
  batch: HostBatch,
) {
  const training = await openPretraining(backend, model, weights, batch, { exposeGrads: true })
  const { loss, grads } = await training.run({ ...batch.arrays }, 0, 0)
  await training.dispose()
  return { loss: Float32Array.of(loss), grads }
}

const named = (grads: Arrays, prefix: string): Arrays =>
  Object.fromEntries(Object.entries(grads).map(([name, g]) => [`${prefix}grad.${name}`, g]))

/** Computes a `videomae-pretrain-*` set. */
export async function videoMaePretrain(backend: Backend, set: VerifySet): Promise<Arrays> {
  const { config, target } = officialPretraining("videomae", set.config)
  const weights = await readWeights(set.files)
  const inputs = await readInputs(set.files)
  const mask = need(inputs, "mask", "inputs")
  const videos = need(inputs, "videos", "inputs")
  const size = videos.shape[0]
  const batch = videoBatch(videos.data, mask.data, size)
  const model = pretrainModel(config, { target })
  const raw = pretrainModel(config, { target: targetNamed("pixels") })
  const { loss, grads } = await lossAndGradients(backend, model, weights, batch)
  const taps = await observePretraining(backend, model, weights, batch)

  const { clips, targets } = batch.arrays
  const first = (count: number, of: Int32Array) => columns(of, size, 0, count)
  const tokens = mask.data.length / size
  const raster = Int32Array.from({ length: size * tokens }, (_, i) => i % tokens)
  const at = (of: PretrainModel, index: Int32Array) =>
    computeTarget(backend, of, clips, index, size)
  return {
    ...officialNames(taps),
    ...named(grads, ""),
    loss,
    loss_unnormalised_target: (await lossAndGradients(backend, raw, weights, batch)).loss,
    labels_unnormalised_first8: await at(raw, first(8, targets as Int32Array)),
    videos_patch_first4: await at(model, first(4, raster)),
  }
}

/** Computes a `videomaev2-pretrain-*` set, with and without the decoder mask. */
export async function videoMaeV2Pretrain(backend: Backend, set: VerifySet): Promise<Arrays> {
  const { config, target } = officialPretraining("videomaev2", set.config)
  const model = pretrainModel(config, { target })
  const weights = await readWeights(set.files)
  const inputs = await readInputs(set.files)
  const videos = need(inputs, "videos", "inputs")
  const hidden = need(inputs, "encoder_mask", "inputs").data
  const notDecoded = need(inputs, "decoder_mask", "inputs").data
  const found: Arrays = {}
  for (const [variant, second] of [["dual", notDecoded], ["nodec"]] as const) {
    const batch = videoBatch(videos.data, hidden, videos.shape[0], second)
    const { loss, grads } = await lossAndGradients(backend, model, weights, batch)
    const taps = await observePretraining(backend, model, weights, batch)
    Object.assign(found, officialNames(taps, `${variant}.`), named(grads, `${variant}.`), {
      [`${variant}.loss`]: loss,
      [`${variant}.cal_loss_mask`]: batch.arrays.weight,
    })
  }
  return found
}
