import { type Backend, mean } from "@tubelet/core"
import {
  type ClassifierModel,
  classifierConfig,
  classifierModel,
  type Pool,
  type PretrainModel,
  type System,
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
 * Compiles an encoder. Features are the model's pooled features or, with pool `none`, the mean of
 * its tokens.
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
 * How the tokens of a pre-trained encoder become features: MAE's class token, and for videos all
 * tokens, of which `compileFeatures` takes the mean.
 */
export const featurePool = (system: System): Pool => (system === "mae" ? "token" : "none")

/** The encoder in a pre-training model, and its weights among the model's. */
export function encoderIn({ config }: PretrainModel) {
  const prefix = config.system === "mae" ? "" : "encoder."
  const pool = featurePool(config.system)
  const model = classifierModel(classifierConfig(config, { classes: 0, pool }))
  const names = Object.keys(model.specs)
  return {
    model,
    weights: (all: Handles): Handles =>
      Object.fromEntries(names.map((name) => [name, all[prefix + name]])),
  }
}
