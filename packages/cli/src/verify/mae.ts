import { type Backend, type HostArray, TubeletError } from "@tubelet/core"
import { pretrainModel, targetNamed } from "@tubelet/models"
import { officialPretraining } from "./config.js"
import { argsortRows, coloursLast, columns, scatterTokens } from "./layout.js"
import {
  computeTarget,
  type HostBatch,
  observePretraining,
  openPretraining,
} from "./pretraining.js"
import type { Arrays } from "./run.js"
import { need, readInputs, readWeights, type VerifySet } from "./set.js"

/** MAE's masking from its noise: the smallest values are kept, in their order. */
export function maeBatch(
  imgs: HostArray,
  noise: Float32Array,
  size: number,
  keep: number,
): HostBatch {
  const order = argsortRows(noise, size)
  const tokens = noise.length / size
  return {
    size,
    arrays: {
      clips: coloursLast(imgs, size),
      visible: columns(order, size, 0, keep),
      targets: columns(order, size, keep, tokens),
      weight: new Float32Array(size * (tokens - keep)).fill(1),
    },
  }
}

/** The number of tokens that a set's masks keep. */
export function maeKeep({ name, meta, config }: VerifySet, tokens: number): number {
  const { mask_ratio: ratio } = config
  if (typeof meta.len_keep === "number") return meta.len_keep
  if (typeof ratio === "number") return Math.trunc(tokens * (1 - ratio))
  throw new TubeletError(`the config of ${name} has no mask_ratio`, "see meta.json of the set")
}

/** Computes a `mae-pretrain-*` set. */
export async function maePretrain(backend: Backend, set: VerifySet): Promise<Arrays> {
  const { config } = officialPretraining("mae", set.config)
  const weights = await readWeights(set.files)
  const inputs = await readInputs(set.files)
  const noise = need(inputs, "noise", "inputs")
  const [size, tokens] = noise.shape as [number, number]
  const keep = maeKeep(set, tokens)
  const batch = maeBatch(
    need(inputs, "imgs", "inputs").data,
    noise.data as Float32Array,
    size,
    keep,
  )
  const found: Arrays = orders(noise.data as Float32Array, size, keep)

  for (const [variant, target] of [
    ["raw_pix", "pixels"],
    ["norm_pix", "normalised"],
  ] as const) {
    const model = pretrainModel(config, { target: targetNamed(target) })
    const training = await openPretraining(backend, model, weights, batch, { exposeGrads: true })
    const { loss, grads } = await training.run({ ...batch.arrays }, 0, 0)
    await training.dispose()
    found[`loss.${variant}`] = Float32Array.of(loss)
    for (const [name, g] of Object.entries(grads)) found[`grad.${variant}.${name}`] = g
    const raster = Int32Array.from({ length: size * tokens }, (_, i) => i % tokens)
    const clips = batch.arrays.clips
    found[`target.${variant}`] = await computeTarget(backend, model, clips, raster, size)
  }
  const taps = await observePretraining(backend, pretrainModel(config), weights, batch)
  return { ...found, ...inRaster(taps, batch, tokens) }
}

export function orders(noise: Float32Array, size: number, keep: number): Arrays {
  const shuffle = argsortRows(noise, size)
  const restore = argsortRows(shuffle, size)
  const mask = Float32Array.from(restore, (place) => (place < keep ? 0 : 1))
  return { ids_shuffle: shuffle, ids_restore: restore, mask }
}

/** The authors put the decoder's tokens back in place; training never needs that. */
export function inRaster(taps: Arrays, batch: HostBatch, tokens: number): Arrays {
  const { size } = batch
  const places = new Int32Array(size * (tokens + 1))
  for (let b = 0; b < size; b++) {
    const row = [batch.arrays.visible, batch.arrays.targets].flatMap((list) => [
      ...(list.subarray((b * list.length) / size, ((b + 1) * list.length) / size) as Int32Array),
    ])
    places.set([0, ...row.map((n) => n + 1)], b * (tokens + 1))
  }
  const put = (data: ArrayLike<number>) => scatterTokens(data as Float32Array, places, size)
  const all = put(taps.predictAll)
  const found: Arrays = {
    latent: taps.latent,
    decoder_embed: taps.decoder_embed,
    patch_embed: taps.patchEmbed,
    pred_with_cls: all,
    pred: columns(all, size, all.length / size / (tokens + 1), all.length / size),
  }
  for (const [name, data] of Object.entries(taps)) {
    if (name.startsWith("encoder_block.")) found[name] = data
    if (name.startsWith("decoder_block.")) found[name] = put(data as Float32Array)
  }
  return found
}
