import { type Backend, compile, type DeviceArray, type Spec, type Tensor } from "@tubelet/core"
import type { ClassifierModel } from "@tubelet/models"

export type Handles = Readonly<Record<string, DeviceArray>>

/** A compiled classifier, which can be reused as the weights on the device change. */
export interface Classifier {
  /** The logits [classes] of each clip in `clips`, u8 RGB [N, T, H, W, 3]. */
  logits(weights: Handles, clips: Uint8Array): Promise<Float32Array[]>
  dispose(): Promise<void>
}

/**
 * Compiles the forward pass of one clip, without drops: memory does not grow with the number of
 * clips or views.
 */
export async function compileClassifier(
  backend: Backend,
  model: ClassifierModel,
): Promise<Classifier> {
  const { frames, imageSize } = model.config
  const bytes = frames * imageSize * imageSize * 3
  const inputs = model.inputSpecs(1, "u8", false)
  const compiled = await compile(
    backend,
    ({ params, clips }: { params: Readonly<Record<string, Tensor>>; clips: Tensor }) => ({
      logits: model.logits(params, { clips }),
    }),
    {
      specs: { params: model.specs as Record<string, Spec>, clips: inputs.clips },
      name: "classify",
    },
  )
  const logitsOf = async (params: Handles, clips: Uint8Array) => {
    const { logits } = compiled.run({ params, clips })
    try {
      return (await logits.data()) as Float32Array
    } finally {
      logits.dispose()
    }
  }
  return {
    async logits(params, clips) {
      const all: Float32Array[] = []
      for (let at = 0; at < clips.length; at += bytes) {
        all.push(await logitsOf(params, clips.subarray(at, at + bytes)))
      }
      return all
    },
    dispose: () => compiled.dispose(),
  }
}
