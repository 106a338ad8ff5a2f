import type { Backend } from "@tubelet/core"
import type { ClassifierModel } from "@tubelet/models"
import { compileForward, type Handles } from "./forward.js"

/** A compiled classifier, which can be reused as the weights on the device change. */
export interface Classifier {
  /** The logits [classes] of each clip in `clips`, u8 RGB [N, T, H, W, 3]. */
  logits(weights: Handles, clips: Uint8Array): Promise<Float32Array[]>
  dispose(): Promise<void>
}

/** Compiles a classifier for evaluation. */
export async function compileClassifier(
  backend: Backend,
  model: ClassifierModel,
): Promise<Classifier> {
  const { run, dispose } = await compileForward(backend, model, {
    ...{ name: "classify", pixels: "u8" },
    rows: (params, clips) => model.logits(params, { clips }),
  })
  return { logits: run, dispose }
}
