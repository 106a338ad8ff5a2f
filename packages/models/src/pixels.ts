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

/** ImageNet's statistics, red, green, blue, of pixels in [0, 1]. */
export const imagenetMean = [0.485, 0.456, 0.406] as const
export const imagenetStd = [0.229, 0.224, 0.225] as const

/** A colour triple repeated over the last axis of tokens, whose colours change fastest. */
const perColour = (tokens: Tensor, value: (colour: number) => number): Tensor =>
  constant(Array.from({ length: tokens.shape.at(-1)! }, (_, i) => value(i % 3)))

/** What the encoder sees: u8 pixels become normalised floats; floats are taken as normalised. */
export function normalisedPixels(tokens: Tensor): Tensor {
  if (tokens.dtype !== "u8") return tokens
  const scale = perColour(tokens, (c) => 1 / (255 * imagenetStd[c]))
  const shift = perColour(tokens, (c) => -imagenetMean[c] / imagenetStd[c])
  return add(mul(cast(tokens, "f32"), scale), shift)
}

/** Pixels in [0, 1], from u8 or from normalised floats. */
export function unitPixels(tokens: Tensor): Tensor {
  if (tokens.dtype === "u8") return mul(cast(tokens, "f32"), 1 / 255)
  const scale = perColour(tokens, (c) => imagenetStd[c])
  return add(
    mul(tokens, scale),
    perColour(tokens, (c) => imagenetMean[c]),
  )
}

/** The pixel space a system's targets live in: MAE's is normalised, the video models' [0, 1]. */
export const targetPixels = (tokens: Tensor, system: System): Tensor =>
  system === "mae" ? normalisedPixels(tokens) : unitPixels(tokens)

const kept = { keepDims: true } as const

/** MAE: each token by its own mean and unbiased variance over all values, eps inside the root. */
export const normaliseToken = (tokens: Tensor): Tensor =>
  div(sub(tokens, mean(tokens, -1, kept)), sqrt(add(variance(tokens, -1, kept), 1e-6)))

/** Video: each token and colour by its own statistics, eps outside the root. */
export function normaliseTokenColours(tokens: Tensor): Tensor {
  const [batch, count, pixels] = tokens.shape as [number, number, number]
  const t = reshape(tokens, [batch, count, pixels / 3, 3])
  const deviation = add(sqrt(variance(t, 2, kept)), 1e-6)
  return reshape(div(sub(t, mean(t, 2, kept)), deviation), tokens.shape)
}
