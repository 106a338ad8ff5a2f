import { TubeletError } from "@tubelet/core"
import type { Random } from "@tubelet/core/random"
import type { Clip } from "./clip.js"

/** Tokens along each axis; a token's index counts frames, then rows, then columns. */
export interface Grid {
  readonly frames: number
  readonly height: number
  readonly width: number
}

/** Tokens of a whole grid. */
export const tokensOf = ({ frames, height, width }: Grid): number => frames * height * width

/** What a strategy may look at when it chooses the tokens of one sample. */
export interface SampleContext {
  readonly grid: Grid
  /** How many tokens to keep. */
  readonly keep: number
  /** Seeded for this sample; nothing else should be random. */
  readonly random: Random
  /** The sample's u8 clip, so a mask may follow motion. Reading it where there is none throws. */
  readonly clip: Clip
  /** The sample's place in the data set. */
  readonly index: number
  readonly step: number
  readonly epoch: number
}

/** A way to choose which tokens of a sample are kept, and so which are masked. */
export interface Masking {
  readonly name: string
  /** Tokens kept per sample at a mask ratio in [0, 1): one number per compiled step. */
  keep(request: { readonly grid: Grid; readonly ratio: number }): number
  /** Indices of the kept tokens, in the order the encoder sees them. */
  sample(context: SampleContext): Int32Array | readonly number[]
  /**
   * What to do when `sample` gives another number than `keep`; without it that is an error.
   * `truncate` takes the first ones. `fill` also adds tokens drawn at random where some are
   * missing.
   */
  readonly balance?: "truncate" | "fill"
}

/**
 * Checks a strategy as it is loaded, so that a mistake shows before the first step.
 *
 * @__NO_SIDE_EFFECTS__
 */
export function defineMasking(masking: Masking): Masking {
  const { name, keep, sample, balance } = (masking ?? {}) as Partial<Masking>
  const wrong =
    typeof name !== "string" || name === ""
      ? "`name` has to be a non-empty string"
      : typeof keep !== "function"
        ? "`keep` has to be a function of { grid, ratio } that gives a count"
        : typeof sample !== "function"
          ? "`sample` has to be a function that gives the indices of the kept tokens"
          : balance !== undefined && balance !== "truncate" && balance !== "fill"
            ? `\`balance\` is "truncate", "fill" or absent, not ${JSON.stringify(balance)}`
            : undefined
  if (wrong === undefined) return masking
  throw new TubeletError(
    `defineMasking: ${name ? `masking "${name}": ` : ""}${wrong}`,
    "a masking is " +
      "{ name, keep({ grid, ratio }), sample({ grid, keep, random, clip, ... }), balance? }",
  )
}
