import { disposeAll, TubeletError, upload } from "@tubelet/core"
import {
  type ClassifierModel,
  classifierConfig,
  classifierModel,
  type Pool,
  type PretrainConfig,
} from "@tubelet/models"
import { type Fit, transferWeights } from "@tubelet/models/fit"
import { compileFeatures, featurePool } from "@tubelet/train"
import type { PixelArray, PixelType } from "@tubelet/video"
import type { PatchConfig } from "@tubelet/vit"
import { type BackendChoice, openBackend } from "../backends.js"
import type { Told } from "../flags/model.js"
import { shownFit } from "../setup/any-model.js"
import { openFitted } from "../setup/fitted.js"
import type { Output } from "../shell/output.js"

/** An encoder with its weights. */
export interface LoadedEncoder {
  readonly model: ClassifierModel
  readonly weights: Readonly<Record<string, Float32Array>>
}

/**
 * Reads the encoder of any checkpoint: one of pre-training, a classifier, or an encoder alone. The
 * size of clips may differ from that in training.
 */
export async function loadedEncoder(
  checkpoint: string,
  { frames, size, ...told }: Told,
  output: Output,
): Promise<LoadedEncoder> {
  const fitted = await openFitted(checkpoint, told, output)
  try {
    const fit = shownFit(fitted, output)
    const { imageSize, frames: trained } = fit.config
    const changes = { frames: frames ?? trained, imageSize: size ?? imageSize }
    const model = classifierModel(featureConfig(fit, changes))
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

/** The features [D] of each clip of some. */
export type FeaturesOf<P extends PixelType> = (clips: PixelArray[P]) => Promise<Float32Array[]>

/** Opens an encoder on the chosen backend for the duration of `use`. */
export async function withFeatures<P extends PixelType, T>(
  { model, weights }: LoadedEncoder,
  pixels: P,
  { choice, output }: { readonly choice: BackendChoice; readonly output: Output },
  use: (featuresOf: FeaturesOf<P>) => Promise<T>,
): Promise<T> {
  const backend = await openBackend(choice, output.log)
  try {
    const encoder = await compileFeatures(backend, model, pixels)
    const params = upload(backend, model.specs, weights)
    try {
      return await use((clips) => encoder.features(params, clips))
    } finally {
      disposeAll(params)
      await encoder.dispose()
    }
  } finally {
    await backend.dispose()
  }
}

/** The encoder's config: features as a classifier pools them, else normalised tokens. */
function featureConfig(fit: Fit, size: Pick<PatchConfig, "frames" | "imageSize">) {
  const { head: _, ...config } = { head: undefined, ...fit.config }
  return classifierConfig(config as PretrainConfig, { classes: 0, pool: poolOf(fit), ...size })
}

/** That of a classifier; otherwise as for a pre-training model. */
const poolOf = ({ kind, config }: Fit): Pool =>
  kind !== "pretrain" && config.pool !== "none" ? config.pool : featurePool(config.system)

const lacking = (path: string, names: readonly string[]) =>
  new TubeletError(
    `${path} lacks ${names.length} of the encoder's tensors, such as ${names[0]}`,
    "pass a checkpoint with a complete encoder",
  )
