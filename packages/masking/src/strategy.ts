import { TubeletError } from "@tubelet/core"
import type { Random } from "@tubelet/core/random"
import type { Clip } from "./clip.js"

/** Tokens along each axis. Token indices run over frames, then rows, then columns. */
export interface Grid {
  readonly frames: number
  readonly height: number
  readonly width: number
}

/** The number of tokens in a grid. */
export const tokensOf = ({ frames, height, width }: Grid): number => frames * height * width

/** What a strategy can use to choose the tokens of one sample. */
export interface SampleContext {
  readonly grid: Grid
  /** How many tokens to keep. */
  readonly keep: number
  /** Seeded for this sample; use no other source of randomness. */
  readonly random: Random
  /** The sample's u8 clip, so that a mask can follow motion. Throws if there is none. */
  readonly clip: Clip
  /** The sample's index in the data set. */
  readonly index: number
  readonly step: number
  readonly epoch: number
}

/** A strategy that chooses which tokens of a sample are kept; the rest are masked. */
export interface Masking {
  readonly name: string
  /** Tokens kept per sample at a mask ratio in [0, 1). Fixed per compiled step. */
  keep(request: { readonly grid: Grid; readonly ratio: number }): number
  /** Indices of the kept tokens, in the encoder's order. */
  sample(context: SampleContext): Int32Array | readonly number[]
  /**
   * What to do if `sample` returns a different number than `keep`; an error by default. `truncate`
   * takes the first ones. `fill` also adds random tokens if some are missing.
   */
  readonly balance?: "truncate" | "fill"
}

/**
 * Validates a strategy when it is defined, before the first step.
 *
 * @__NO_SIDE_EFFECTS__
 */
export function defineMasking(masking: Masking): Masking {
  const { name, keep, sample, balance } = (masking ?? {}) as Partial<Masking>
  const wrong =
    typeof name !== "string" || name === ""
      ? "`name` must be a non-empty string"
      : typeof keep !== "function"
        ? "`keep` must be a function of { grid, ratio } that returns a count"
        : typeof sample !== "function"
          ? "`sample` must be a function that returns the indices of the kept tokens"
          : balance !== undefined && balance !== "truncate" && balance !== "fill"
            ? `\`balance\` must be "truncate", "fill" or absent, got ${JSON.stringify(balance)}`
            : undefined
  if (wrong === undefined) return masking
  throw new TubeletError(
    `defineMasking: ${name ? `masking "${name}": ` : ""}${wrong}`,
    "expected " +
      "{ name, keep({ grid, ratio }), sample({ grid, keep, random, clip, ... }), balance? }",
  )
}
