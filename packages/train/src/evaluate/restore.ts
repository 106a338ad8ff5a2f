import { add, constant, mean, mul, reshape, sqrt, type Tensor, variance } from "@tubelet/core"
import { imagenetMean, imagenetStd, type PretrainConfig, targetPixels } from "@tubelet/models"

const kept = { keepDims: true } as const

/**
 * Converts predictions [B, M, (t y x c)] of the target `normalised` to the model family's pixel
 * space, with the statistics of the ORIGINAL tokens: the model never predicts these. The inverse of
 * `normaliseToken` and `normaliseTokenColours`.
 */
function unnormalised(prediction: Tensor, tokens: Tensor, config: PretrainConfig): Tensor {
  const pixels = targetPixels(tokens, config.system)
  if (config.system === "mae") {
    const deviation = sqrt(add(variance(pixels, -1, kept), 1e-6))
    return add(mul(prediction, deviation), mean(pixels, -1, kept))
  }
  const [batch, count, size] = tokens.shape as [number, number, number]
  const byColour = [batch, count, size / 3, 3]
  const colours = reshape(pixels, byColour)
  const deviation = add(sqrt(variance(colours, 2, kept)), 1e-6)
  const restored = add(mul(reshape(prediction, byColour), deviation), mean(colours, 2, kept))
  return reshape(restored, tokens.shape)
}

/** Converts target pixels to [0, 1]: MAE's are normalised with ImageNet's statistics. */
function toUnit(pixels: Tensor, { system }: PretrainConfig): Tensor {
  if (system !== "mae") return pixels
  const size = pixels.shape.at(-1)!
  const perColour = (values: readonly number[]) =>
    constant(Array.from({ length: size }, (_, i) => values[i % 3]))
  return add(mul(pixels, perColour(imagenetStd)), perColour(imagenetMean))
}

/** Converts a prediction [B, M, width] to pixels in [0, 1], [B, M, (t y x c)]. */
export function restoredPixels(
  prediction: Tensor,
  tokens: Tensor,
  {
    config,
    target,
  }: { readonly config: PretrainConfig; readonly target: { readonly name: string } },
): Tensor {
  const pixels =
    target.name === "normalised" ? unnormalised(prediction, tokens, config) : prediction
  return toUnit(pixels, config)
}
