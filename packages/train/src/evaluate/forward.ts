import { type Backend, compile, type DeviceArray, type Spec, type Tensor } from "@tubelet/core"
import type { ClassifierModel } from "@tubelet/models"
import type { PixelArray, PixelType } from "@tubelet/video"

export type Handles = Readonly<Record<string, DeviceArray>>

/** A compiled forward pass, which can be reused as the weights on the device change. */
export interface Forward<P extends PixelType> {
  /** A row for each clip in `clips`, RGB [N, T, H, W, 3]; N is a multiple of the batch. */
  run(weights: Handles, clips: PixelArray[P]): Promise<Float32Array[]>
  dispose(): Promise<void>
}

interface Output<P extends PixelType> {
  readonly name: string
  readonly pixels: P
  /** Clips of one forward pass. Default: 1, so that memory does not grow with the views. */
  readonly batch?: number
  /** The rows [B, D] of clips. */
  rows(params: Readonly<Record<string, Tensor>>, clips: Tensor): Tensor
}

/** Compiles a forward pass, without drops. */
export async function compileForward<P extends PixelType>(
  backend: Backend,
  model: ClassifierModel,
  { name, pixels, batch = 1, rows }: Output<P>,
): Promise<Forward<P>> {
  const { frames, imageSize } = model.config
  const length = batch * frames * imageSize * imageSize * 3
  const compiled = await compile(
    backend,
    ({ params, clips }: { params: Readonly<Record<string, Tensor>>; clips: Tensor }) => ({
      rows: rows(params, clips),
    }),
    {
      specs: {
        params: model.specs as Record<string, Spec>,
        clips: model.inputSpecs(batch, pixels, false).clips,
      },
      name,
    },
  )
  const rowsOf = async (params: Handles, clips: PixelArray[P]) => {
    const { rows } = compiled.run({ params, clips })
    try {
      const data = (await rows.data()) as Float32Array
      const width = data.length / batch
      return Array.from({ length: batch }, (_, i) => data.subarray(i * width, (i + 1) * width))
    } finally {
      rows.dispose()
    }
  }
  return {
    async run(params, clips) {
      const all: Float32Array[] = []
      for (let at = 0; at < clips.length; at += length) {
        all.push(...(await rowsOf(params, clips.subarray(at, at + length) as PixelArray[P])))
      }
      return all
    },
    dispose: () => compiled.dispose(),
  }
}
