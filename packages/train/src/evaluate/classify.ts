import { type Backend, compile, type DeviceArray, type Spec, type Tensor } from "@tubelet/core"
import type { ClassifierModel } from "@tubelet/models"
import type { PixelArray, PixelType } from "@tubelet/video"
import { padded } from "../data/padded.js"

type Handles = Readonly<Record<string, DeviceArray>>

/** A compiled classifier, which can be reused as the weights on the device change. */
export interface Classifier<P extends PixelType = "u8"> {
  /** Logits, [clips, classes], of at most `batch` clips. */
  logits(weights: Handles, clips: PixelArray[P]): Promise<Float32Array>
  dispose(): Promise<void>
}

/** Compiles the forward pass for `batch` clips, without drops. */
export async function compileClassifier<P extends PixelType>(
  backend: Backend,
  model: ClassifierModel,
  { batch, pixels }: { readonly batch: number; readonly pixels: P },
): Promise<Classifier<P>> {
  const { frames, imageSize, classes } = model.config
  const length = frames * imageSize * imageSize * 3
  const inputs = model.inputSpecs(batch, pixels, false)
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
  return {
    async logits(params, clips) {
      const { logits } = compiled.run({ params, clips: padded(clips, batch * length) })
      try {
        const all = (await logits.data()) as Float32Array
        return all.subarray(0, (clips.length / length) * classes)
      } finally {
        logits.dispose()
      }
    },
    dispose: () => compiled.dispose(),
  }
}
