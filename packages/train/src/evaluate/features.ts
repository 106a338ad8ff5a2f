import { type Backend, mean } from "@tubelet/core"
import {
  type ClassifierModel,
  classifierConfig,
  classifierModel,
  type PretrainModel,
} from "@tubelet/models"
import type { PixelArray, PixelType } from "@tubelet/video"
import { compileForward, type Handles } from "./forward.js"

/** A compiled encoder, which can be reused as the weights on the device change. */
export interface FeatureExtractor<P extends PixelType = "u8"> {
  /** The features [D] of each clip in `clips`, RGB [N, T, H, W, 3]. */
  features(weights: Handles, clips: PixelArray[P]): Promise<Float32Array[]>
  dispose(): Promise<void>
}

/**
 * Compiles an encoder. Features are those that the model pools; with pool `none`, the mean of its
 * tokens.
 */
export async function compileFeatures<P extends PixelType = "u8">(
  backend: Backend,
  model: ClassifierModel,
  pixels: P,
): Promise<FeatureExtractor<P>> {
  const { run, dispose } = await compileForward(backend, model, {
    ...{ name: "features", pixels },
    rows(params, clips) {
      const features = model.features(params, { clips })
      return features.rank === 3 ? mean(features, 1) : features
    },
  })
  return { features: run, dispose }
}

/**
 * The encoder in a pre-training model, and its weights among the model's. MAE's feature is its
 * class token, that of a video the mean of all tokens.
 */
export function encoderIn({ config }: PretrainModel) {
  const mae = config.system === "mae"
  const pool = mae ? "token" : "none"
  const model = classifierModel(classifierConfig(config, { classes: 0, pool }))
  const names = Object.keys(model.specs)
  return {
    model,
    weights: (all: Handles): Handles =>
      Object.fromEntries(names.map((name) => [name, all[mae ? name : `encoder.${name}`]])),
  }
}
