import { type Shape, sizeOf } from "@tubelet/core"
import type { Random } from "@tubelet/core/random"
import type { Initialiser } from "./parameters.js"

const fill = (shape: Shape, next: () => number): Float32Array =>
  Float32Array.from({ length: sizeOf(shape) }, next)

const uniform = (random: Random, bound: number) => () => (2 * random.uniform() - 1) * bound

/** Fan-in and fan-out of a weight [out, in, ...kernel], as in PyTorch. */
const fans = ([out, ...rest]: Shape): { fanIn: number; fanOut: number } => ({
  fanIn: sizeOf(rest),
  fanOut: out * sizeOf(rest.slice(1)),
})

export const zeros: Initialiser = (shape) => new Float32Array(sizeOf(shape))

export const constant =
  (value: number): Initialiser =>
  (shape) =>
    new Float32Array(sizeOf(shape)).fill(value)

export const ones: Initialiser = constant(1)

/** Glorot & Bengio 2010, uniform. */
export const xavierUniform: Initialiser = (shape, random) => {
  const { fanIn, fanOut } = fans(shape)
  return fill(shape, uniform(random, Math.sqrt(6 / (fanIn + fanOut))))
}

/** Xavier for a convolution weight flattened to [out, everything else]. */
export const xavierUniformFlat: Initialiser = (shape, random) =>
  xavierUniform([shape[0], sizeOf(shape.slice(1))], random)

/** PyTorch's default for Linear and Conv: weights and biases within 1 / sqrt(fan in). */
export const torchDefault =
  (fanIn: number): Initialiser =>
  (shape, random) =>
    fill(shape, uniform(random, 1 / Math.sqrt(fanIn)))

export const normal =
  (deviation: number): Initialiser =>
  (shape, random) =>
    fill(shape, () => random.normal() * deviation)

/** A normal distribution truncated to `cut` by resampling (in units of x, as in timm). */
export const truncatedNormal =
  (deviation: number, cut = 2): Initialiser =>
  (shape, random) =>
    fill(shape, () => {
      for (;;) {
        const x = random.normal() * deviation
        if (Math.abs(x) <= cut) return x
      }
    })
