import { linear, permute, reshape, type Shape, type Tensor, TubeletError } from "@tubelet/core"

/** How a clip is cut into tokens. An image has one frame and a tubelet of one. */
export interface PatchConfig {
  readonly frames: number
  readonly imageSize: number
  readonly patchSize: number
  /** Frames per tubelet. */
  readonly tubelet: number
}

/** Tokens along each axis. */
export interface Grid {
  readonly frames: number
  readonly height: number
  readonly width: number
}

export function gridOf({ frames, imageSize, patchSize, tubelet }: PatchConfig): Grid {
  const side = imageSize / patchSize
  const depth = frames / tubelet
  if (!Number.isInteger(side) || !Number.isInteger(depth)) {
    throw new TubeletError(
      `${frames} frames of ${imageSize} pixels cannot be cut into ` +
        `${tubelet} x ${patchSize} x ${patchSize}`,
      `choose a size divisible by ${patchSize} and a frame count divisible by ${tubelet}`,
    )
  }
  return { frames: depth, height: side, width: side }
}

export const tokenCount = (config: PatchConfig): number => {
  const { frames, height, width } = gridOf(config)
  return frames * height * width
}

/** Values per token, over all three colours. */
export const patchPixels = ({ patchSize, tubelet }: PatchConfig): number =>
  tubelet * patchSize * patchSize * 3

/**
 * Cuts clips [B, T, H, W, 3] into tokens [B, N, (t y x c)], ordered by time, row, column; within a
 * token, colour varies fastest. Reconstruction targets have this order.
 */
export function patchify(clips: Tensor, config: PatchConfig): Tensor {
  const { frames, height, width } = gridOf(config)
  const { patchSize: p, tubelet: t } = config
  const batch = clips.shape[0]
  const cut: Shape = [batch, frames, t, height, p, width, p, 3]
  const ordered = permute(reshape(clips, cut), [0, 1, 3, 5, 2, 4, 6, 7])
  return reshape(ordered, [batch, frames * height * width, t * p * p * 3])
}

/** The inverse of `patchify`: tokens [B, N, (t y x c)] to clips [B, T, H, W, 3]. */
export function unpatchify(tokens: Tensor, config: PatchConfig): Tensor {
  const { frames, height, width } = gridOf(config)
  const { patchSize: p, tubelet: t, imageSize } = config
  const batch = tokens.shape[0]
  const cut = reshape(tokens, [batch, frames, height, width, t, p, p, 3])
  const ordered = permute(cut, [0, 1, 4, 2, 5, 3, 6, 7])
  return reshape(ordered, [batch, frames * t, imageSize, imageSize, 3])
}

/**
 * Embeds tokens [B, K, (t y x c)] with a convolution weight [D, 3, (t,) y, x] and bias [D]. A
 * convolution whose stride equals its kernel size is one matrix product. Colours vary slowest in
 * the weight, so the pixels are permuted, not the weight, which is larger and needs a gradient.
 */
export function embedPatches(tokens: Tensor, weight: Tensor, bias: Tensor): Tensor {
  const [batch, count, pixels] = tokens.shape as [number, number, number]
  const turned = permute(reshape(tokens, [batch, count, pixels / 3, 3]), [0, 1, 3, 2])
  const flat = reshape(turned, [batch, count, pixels])
  return linear(flat, reshape(weight, [weight.shape[0], pixels]), bias)
}
