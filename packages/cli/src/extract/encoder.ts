import { TubeletError } from "@tubelet/core"
import {
  type ClassifierConfig,
  type ClassifierModel,
  classifierConfig,
  classifierModel,
  type PretrainConfig,
} from "@tubelet/models"
import { type Fit, transferWeights } from "@tubelet/models/fit"
import type { PatchConfig } from "@tubelet/vit"
import type { Told } from "../flags/model.js"
import { assumed } from "../setup/any-model.js"
import { type Fitted, openFitted } from "../setup/fitted.js"
import type { Output } from "../shell/output.js"

/** An encoder with its weights. */
export interface LoadedEncoder {
  readonly model: ClassifierModel
  readonly weights: Readonly<Record<string, Float32Array>>
}

/**
 * Reads the encoder of any checkpoint: one of pre-training, a classifier, or an encoder alone.
 * Clips may have another size than those it was trained on.
 */
export async function loadedEncoder(
  checkpoint: string,
  { frames, size, ...told }: Told,
  output: Output,
): Promise<LoadedEncoder> {
  const fitted = await openFitted(checkpoint, told, output)
  try {
    const { imageSize, frames: trained } = shownFit(fitted, output).config
    const changes = { frames: frames ?? trained, imageSize: size ?? imageSize }
    const model = classifierModel(featureConfig(fitted.fit!, changes))
    const { file } = fitted
    const shapes = Object.fromEntries(file.names.map((name) => [name, file.shape(name)]))
    const from = { imageSize, frames: trained }
    const { sources, fresh, convert } = transferWeights(model, shapes, { from })
    if (fresh.length > 0) throw lacking(fitted.path, fresh)
    const weights: Record<string, Float32Array> = {}
    for (const [name, source] of Object.entries(sources)) {
      weights[name] = convert(name, await file.floats(source))
    }
    return { model, weights }
  } finally {
    await fitted.file.close()
  }
}

/** The model that a checkpoint shows; the log says what had to be assumed. */
function shownFit({ path, fit, ...fitted }: Fitted, output: Output): Fit {
  if (!fit) {
    throw new TubeletError(
      `${path}: it does not fit any known model`,
      "pass a checkpoint of tubelet, or one of the authors",
    )
  }
  for (const note of fitted.notes) output.log(note)
  const guessed = assumed({ path, fit, ...fitted })
  const name = fit.presets.join(" or ") || fit.config.system
  output.log(`the checkpoint is ${name}${guessed && `; ${guessed}`}`)
  return fit
}

/** The encoder's config: features as a classifier pools them, else normalised tokens. */
function featureConfig(fit: Fit, size: Pick<PatchConfig, "frames" | "imageSize">) {
  const { head: _, ...config } = { head: undefined, ...fit.config }
  return classifierConfig(config as PretrainConfig, { classes: 0, pool: poolOf(fit), ...size })
}

/** That of a classifier; otherwise MAE's class token, or all tokens of a video, to be averaged. */
function poolOf({ kind, config }: Fit): ClassifierConfig["pool"] {
  if (kind !== "pretrain" && config.pool !== "none") return config.pool
  return config.system === "mae" ? "token" : "none"
}

const lacking = (path: string, names: readonly string[]) =>
  new TubeletError(
    `${path} lacks ${names.length} of the encoder's tensors, such as ${names[0]}`,
    "pass a checkpoint with a whole encoder",
  )
