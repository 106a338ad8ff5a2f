import { type Tensor, TubeletError } from "@tubelet/core"
import { patchPixels } from "@tubelet/vit"
import type { PretrainConfig } from "./config.js"
import { normaliseToken, normaliseTokenColours, targetPixels } from "./pixels.js"

/** What the decoder learns to predict for each target token. */
export interface Target {
  readonly name: string
  /** Values per token. */
  width(config: PretrainConfig): number
  /**
   * The target [B, M, width]. `tokens` [B, M, (t y x c)] are its raw pixels: u8, or normalised
   * floats. `extra` has further inputs of a step, such as a teacher's features.
   */
  compute(args: {
    tokens: Tensor
    config: PretrainConfig
    extra: Readonly<Record<string, Tensor>>
  }): Tensor
}

/** Declares a custom target. */
export const defineTarget = (target: Target): Target => target

const pixels = defineTarget({
  name: "pixels",
  width: patchPixels,
  compute: ({ tokens, config }) => targetPixels(tokens, config.system),
})

const normalised = defineTarget({
  name: "normalised",
  width: patchPixels,
  compute({ tokens, config }) {
    const values = targetPixels(tokens, config.system)
    return config.system === "mae" ? normaliseToken(values) : normaliseTokenColours(values)
  },
})

/** The built-in targets: raw pixels, or pixels normalised per token (the authors' default). */
export const targets: Readonly<Record<string, Target>> = { pixels, normalised }

export function targetNamed(name: string): Target {
  const found = targets[name]
  if (found) return found
  throw new TubeletError(`unknown target "${name}"`, `choose ${Object.keys(targets).join(" or ")}`)
}
