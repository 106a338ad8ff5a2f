import { TubeletError } from "@tubelet/core"
import { random as keyed, type Random } from "@tubelet/core/random"
import { balanced } from "./balance.js"
import type { Clip } from "./clip.js"
import { type Grid, type Masking, type SampleContext, tokensOf } from "./strategy.js"

/** The number of tokens a strategy keeps, checked; ratio is the share to mask, in [0, 1). */
export function keptCount(
  masking: Masking,
  { grid, ratio }: { grid: Grid; ratio: number },
): number {
  if (!(ratio >= 0 && ratio < 1)) {
    throw new TubeletError(
      `a mask ratio of ${ratio} masks nothing sensible`,
      "choose one in [0, 1)",
    )
  }
  const keep = masking.keep({ grid, ratio })
  const tokens = tokensOf(grid)
  if (Number.isInteger(keep) && keep >= 1 && keep <= tokens) return keep
  throw new TubeletError(
    `masking "${masking.name}" keeps ${keep} of ${tokens} tokens at a ratio of ${ratio}`,
    `\`keep\` has to give a whole number from 1 to ${tokens}; try another ratio`,
  )
}

export interface DrawRequest {
  readonly grid: Grid
  /** Tokens to keep: from `keptCount`. */
  readonly keep: number
  readonly seed: number
  readonly epoch: number
  /** The sample's place in the data set. */
  readonly index: number
  /** For strategies that change over training; the random numbers do not depend on it. */
  readonly step?: number
  readonly clip?: Clip
  /** Keeps apart the draws of one sample: "encoder" (unless given), "decoder", a second view. */
  readonly role?: string
}

/**
 * One sample's kept tokens: `keep` different indices below the grid's tokens, in the encoder's
 * order. Depends on the seed, epoch, sample and role alone, never on workers or call order.
 */
export function drawMask(masking: Masking, request: DrawRequest): Int32Array {
  const { grid, keep, seed, epoch, index, step = 0, role = "encoder" } = request
  const random = keyed(seed, epoch, index, "mask", role)
  const context: SampleContext = {
    ...{ grid, keep, random, index, step, epoch },
    get clip() {
      if (request.clip) return request.clip
      throw fault(masking, request, "reads the clip, and there is none here")
    },
  }
  return checked(masking, request, masking.sample(context), random)
}

function checked(
  masking: Masking,
  request: DrawRequest,
  chosen: ArrayLike<number>,
  random: Random,
): Int32Array {
  const tokens = tokensOf(request.grid)
  const seen = new Uint8Array(tokens)
  const count = chosen?.length
  if (typeof count !== "number") throw fault(masking, request, `gave ${chosen}, not an Int32Array`)
  for (let i = 0; i < count; i++) {
    const token = chosen[i]
    if (!Number.isInteger(token) || token < 0 || token >= tokens) {
      throw fault(
        masking,
        request,
        `gave the token ${token}, but tokens go from 0 to ${tokens - 1}`,
      )
    }
    if (seen[token]++) throw fault(masking, request, `gave the token ${token} twice`)
  }
  if (count === request.keep) return Int32Array.from(chosen)
  const repaired = balanced(masking.balance, chosen, request.keep, tokens, random)
  if (repaired) return repaired
  const remedy = masking.balance === "truncate" ? '"fill"' : '"truncate" or "fill"'
  throw fault(
    masking,
    request,
    `kept ${count} tokens where ${request.keep} are expected`,
    `\`sample\` has to give as many as \`keep\` says; or set \`balance\` to ${remedy}`,
  )
}

function fault({ name }: Masking, { index, epoch }: DrawRequest, what: string, advice?: string) {
  return new TubeletError(`masking "${name}" ${what} (sample ${index}, epoch ${epoch})`, advice)
}
