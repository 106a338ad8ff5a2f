import { type Backend, compile, type DeviceArray, type Spec, type Tensor } from "@tubelet/core"
import type { ClassifierModel } from "@tubelet/models"
import type { PixelArray, PixelType } from "@tubelet/video"

export type Handles = Readonly<Record<string, DeviceArray>>

/** A compiled forward pass, which can be reused as the weights on the device change. */
export interface Forward<P extends PixelType> {
  /** A row for each clip in `clips`, RGB [N, T, H, W, 3]. */
  run(weights: Handles, clips: PixelArray[P]): Promise<Float32Array[]>
  dispose(): Promise<void>
}

interface Output<P extends PixelType> {
  readonly name: string
  readonly pixels: P
  /** The rows [B, ...] of clips. */
  rows(params: Readonly<Record<string, Tensor>>, clips: Tensor): Tensor
}

/**
 * Compiles the forward pass of one clip, without drops: memory does not grow with the number of
 * clips or views.
 */
export async function compileForward<P extends PixelType>(
  backend: Backend,
  model: ClassifierModel,
  { name, pixels, rows }: Output<P>,
): Promise<Forward<P>> {
  const { frames, imageSize } = model.config
  const length = frames * imageSize * imageSize * 3
  const compiled = await compile(
    backend,
    ({ params, clips }: { params: Readonly<Record<string, Tensor>>; clips: Tensor }) => ({
      row: rows(params, clips),
    }),
    {
      specs: {
        params: model.specs as Record<string, Spec>,
        clips: model.inputSpecs(1, pixels, false).clips,
      },
      name,
    },
  )
  const rowOf = async (params: Handles, clips: PixelArray[P]) => {
    const { row } = compiled.run({ params, clips })
    try {
      return (await row.data()) as Float32Array
    } finally {
      row.dispose()
    }
  }
  return {
    async run(params, clips) {
      const all: Float32Array[] = []
      for (let at = 0; at < clips.length; at += length) {
        all.push(await rowOf(params, clips.subarray(at, at + length) as PixelArray[P]))
      }
      return all
    },
    dispose: () => compiled.dispose(),
  }
}
