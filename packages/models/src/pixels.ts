import {
  add,
  cast,
  constant,
  div,
  mean,
  mul,
  reshape,
  sqrt,
  sub,
  type Tensor,
  variance,
} from "@tubelet/core"
import type { System } from "./config.js"

/** ImageNet's mean and standard deviation (red, green, blue) for pixels in [0, 1]. */
export const imagenetMean = [0.485, 0.456, 0.406] as const
export const imagenetStd = [0.229, 0.224, 0.225] as const

/** A colour triple repeated over the last axis of tokens, where colours vary fastest. */
const perColour = (tokens: Tensor, value: (colour: number) => number): Tensor =>
  constant(Array.from({ length: tokens.shape.at(-1)! }, (_, i) => value(i % 3)))

/** The encoder's input: u8 pixels are normalised; floats are taken as normalised already. */
export function normalisedPixels(tokens: Tensor): Tensor {
  if (tokens.dtype !== "u8") return tokens
  const scale = perColour(tokens, (c) => 1 / (255 * imagenetStd[c]))
  const shift = perColour(tokens, (c) => -imagenetMean[c] / imagenetStd[c])
  return add(mul(cast(tokens, "f32"), scale), shift)
}

/** Pixels in [0, 1], from u8 or normalised floats. */
export function unitPixels(tokens: Tensor): Tensor {
  if (tokens.dtype === "u8") return mul(cast(tokens, "f32"), 1 / 255)
  const scale = perColour(tokens, (c) => imagenetStd[c])
  return add(
    mul(tokens, scale),
    perColour(tokens, (c) => imagenetMean[c]),
  )
}

/** The pixel space of a system's targets: normalised for MAE, [0, 1] for the video models. */
export const targetPixels = (tokens: Tensor, system: System): Tensor =>
  system === "mae" ? normalisedPixels(tokens) : unitPixels(tokens)

const kept = { keepDims: true } as const

/**
 * MAE: normalises each token by its mean and unbiased variance over all values, with eps inside the
 * root.
 */
export const normaliseToken = (tokens: Tensor): Tensor =>
  div(sub(tokens, mean(tokens, -1, kept)), sqrt(add(variance(tokens, -1, kept), 1e-6)))

/** Video models: normalises each token and colour separately, with eps outside the root. */
export function normaliseTokenColours(tokens: Tensor): Tensor {
  const [batch, count, pixels] = tokens.shape as [number, number, number]
  const t = reshape(tokens, [batch, count, pixels / 3, 3])
  const deviation = add(sqrt(variance(t, 2, kept)), 1e-6)
  return reshape(div(sub(t, mean(t, 2, kept)), deviation), tokens.shape)
}
