import { type Backend, mean } from "@tubelet/core"
import type { ClassifierModel } from "@tubelet/models"
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
