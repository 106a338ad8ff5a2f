import {
  type Backend,
  compile,
  type DeviceArray,
  disposeAll,
  gatherTokens,
  mean,
  type Spec,
  squaredError,
  type Tensor,
  upload,
} from "@tubelet/core"
import { hiddenTokens, tokensOf } from "@tubelet/masking"
import type { Batch, PretrainModel, TokenCounts } from "@tubelet/models"
import { patchify } from "@tubelet/vit"
import { requireWeights } from "../run/weights.js"
import { requirePixels } from "./pixel-target.js"
import { restoredPixels } from "./restore.js"

export interface Reconstruction {
  /** u8 RGB [T, H, W, 3]: hidden tokens as predicted, visible ones unchanged. */
  readonly clip: Uint8Array
  /** The mean squared error over all hidden tokens, in the target's space. */
  readonly loss: number
  /**
   * Where the mean and standard deviation of each patch come from: "input" if the target is
   * normalised (each patch's contrast and colour are then taken from the original), "none" for
   * pixels.
   */
  readonly statistics: "input" | "none"
}

export interface ReconstructOptions {
  readonly backend: Backend
  readonly model: PretrainModel
  /** Under official names. */
  readonly weights: Readonly<Record<string, Float32Array>>
  /** u8 RGB [T, H, W, 3], in the model's sizes. */
  readonly clip: Uint8Array
  /** Tokens that the encoder sees, in its order. All others are predicted, even for V2. */
  readonly visible: Int32Array
}

/** Reconstructs a clip: predicts its hidden tokens and converts them to pixels. */
export async function reconstruct({
  backend,
  model,
  weights,
  clip,
  visible,
}: ReconstructOptions): Promise<Reconstruction> {
  requireWeights(model.specs, weights)
  const reconstructor = await compileReconstruct(backend, model, { visible: visible.length })
  try {
    const params: Handles = upload(backend, model.specs, weights)
    try {
      return await reconstructor.paint({ weights: params, clip, visible })
    } finally {
      disposeAll(params)
    }
  } finally {
    await reconstructor.dispose()
  }
}

type Handles = Readonly<Record<string, DeviceArray>>

/** A compiled reconstruction, which can be reused as the weights on the device change. */
export interface Reconstructor {
  paint(
    given: Pick<ReconstructOptions, "clip" | "visible"> & { readonly weights: Handles },
  ): Promise<Reconstruction>
  dispose(): Promise<void>
}

/** Compiles `reconstruct` for masks that leave `visible` tokens. */
export async function compileReconstruct(
  backend: Backend,
  model: PretrainModel,
  { visible: kept }: Pick<TokenCounts, "visible">,
): Promise<Reconstructor> {
  requirePixels(model)
  const counts = { visible: kept, targets: tokensOf(model.grid) - kept }
  const compiled = await compile(
    backend,
    ({ params, batch }: { params: Readonly<Record<string, Tensor>>; batch: Batch }) => {
      const tokens = gatherTokens(patchify(batch.clips, model.config), batch.targets)
      const prediction = model.predict(params, batch)
      const loss = mean(squaredError(prediction, model.targetOf(batch)))
      return { pixels: restoredPixels(prediction, tokens, model), loss }
    },
    {
      specs: {
        params: model.specs as Record<string, Spec>,
        batch: model.batchSpecs(1, counts, "u8", false),
      },
      name: "reconstruct",
    },
  )
  const weight = new Float32Array(counts.targets).fill(1)
  return {
    async paint({ weights: params, clip, visible }) {
      const targets = hiddenTokens(visible, tokensOf(model.grid))
      const batch = { clips: clip, visible, targets, weight }
      const { pixels, loss } = compiled.run({ params, batch })
      try {
        return {
          clip: painted(clip, (await pixels.data()) as Float32Array, targets, model),
          loss: await loss.item(),
          statistics: model.target.name === "normalised" ? "input" : "none",
        }
      } finally {
        disposeAll({ pixels, loss })
      }
    },
    dispose: () => compiled.dispose(),
  }
}

/** A copy of the clip with `pixels` [M, (t y x c)] in [0, 1] at the tokens `targets`. */
function painted(
  clip: Uint8Array,
  pixels: Float32Array,
  targets: Int32Array,
  { config: { tubelet, patchSize, imageSize }, grid }: PretrainModel,
): Uint8Array {
  const result = Uint8ClampedArray.from(clip)
  const row = 3 * patchSize
  const lines = tubelet * patchSize
  targets.forEach((token, i) => {
    const column = token % grid.width
    const down = Math.floor(token / grid.width) % grid.height
    const time = Math.floor(token / (grid.width * grid.height))
    for (let line = 0; line < lines; line++) {
      const frame = time * tubelet + Math.floor(line / patchSize)
      const y = down * patchSize + (line % patchSize)
      const to = 3 * ((frame * imageSize + y) * imageSize + column * patchSize)
      const from = (i * lines + line) * row
      for (let k = 0; k < row; k++) result[to + k] = 255 * pixels[from + k]
    }
  })
  return new Uint8Array(result.buffer)
}
