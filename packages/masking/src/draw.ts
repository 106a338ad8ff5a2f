import { TubeletError } from "@tubelet/core"
import { random as keyed, type Random } from "@tubelet/core/random"
import { balanced } from "./balance.js"
import type { Clip } from "./clip.js"
import { type Grid, type Masking, type SampleContext, tokensOf } from "./strategy.js"

interface Ratio {
  readonly grid: Grid
  /** The fraction of tokens to mask. */
  readonly ratio: number
}

/**
 * The number of tokens a strategy keeps, at least one and not all.
 *
 * @throws TubeletError otherwise, with the valid range of ratios.
 */
export function keptCount(masking: Masking, { grid, ratio }: Ratio): number {
  const tokens = tokensOf(grid)
  const sensible = ratio >= 0 && ratio <= 1
  const keep = sensible ? masking.keep({ grid, ratio }) : Number.NaN
  if (isSome(keep, tokens)) return keep
  const what = !sensible
    ? "cannot mask that share of the tokens"
    : keep === tokens
      ? `masks none of ${tokens} tokens`
      : keep === 0
        ? `masks all ${tokens} tokens`
        : `keeps ${keep} of ${tokens} tokens`
  throw new TubeletError(
    `masking "${masking.name}" at a ratio of ${ratio} ${what}`,
    rangeOf(masking, grid) ??
      `\`keep\` must return an integer from 1 to ${tokens - 1}, but does so for no ratio`,
  )
}

const isSome = (keep: number, tokens: number) =>
  Number.isInteger(keep) && keep >= 1 && keep < tokens

/** Advice: the ratios that keep some tokens and mask some. */
function rangeOf(masking: Masking, grid: Grid): string | undefined {
  const tokens = tokensOf(grid)
  const works = (ratio: number) => {
    try {
      return isSome(masking.keep({ grid, ratio }), tokens)
    } catch {
      return false // Some strategies accept only a few ratios.
    }
  }
  // Rounded to the precision in which people write ratios, if that is still valid.
  const steps = Math.max(tokens, 1000)
  const ratios = Array.from({ length: steps - 1 }, (_, i) => (i + 1) / steps).filter(works)
  if (ratios.length === 0) return undefined
  const shown = (ratio: number, up: boolean) => {
    const rounded = (up ? Math.ceil(ratio * 1e3) : Math.floor(ratio * 1e3)) / 1e3
    return works(rounded) ? rounded : ratio
  }
  const [least, most] = [shown(ratios[0], true), shown(ratios.at(-1)!, false)]
  return `choose a ratio from ${least} to ${most}`
}

export interface DrawRequest {
  readonly grid: Grid
  /** Tokens to keep: from `keptCount`. */
  readonly keep: number
  readonly seed: number
  readonly epoch: number
  /** The sample's index in the data set. */
  readonly index: number
  /** For strategies that change during training. The random numbers do not depend on it. */
  readonly step?: number
  readonly clip?: Clip
  /** Separates the draws of one sample: "encoder" (the default), "decoder", a second view. */
  readonly role?: string
}

/**
 * The kept tokens of one sample: `keep` distinct indices below the grid's token count, in the
 * encoder's order. They depend only on seed, epoch, sample and role, not on workers or call order.
 */
export function drawMask(masking: Masking, request: DrawRequest): Int32Array {
  const { grid, keep, seed, epoch, index, step = 0, role = "encoder" } = request
  const random = keyed(seed, epoch, index, "mask", role)
  const context: SampleContext = {
    ...{ grid, keep, random, index, step, epoch },
    get clip() {
      if (request.clip) return request.clip
      throw fault(masking, request, "reads the clip, but none was passed")
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
  if (typeof count !== "number")
    throw fault(masking, request, `returned ${chosen}, expected an Int32Array`)
  for (let i = 0; i < count; i++) {
    const token = chosen[i]
    if (!Number.isInteger(token) || token < 0 || token >= tokens) {
      throw fault(masking, request, `returned token ${token}, expected 0 to ${tokens - 1}`)
    }
    if (seen[token]++) throw fault(masking, request, `returned token ${token} twice`)
  }
  if (count === request.keep) return Int32Array.from(chosen)
  const repaired = balanced(masking.balance, chosen, request.keep, tokens, random)
  if (repaired) return repaired
  const remedy = masking.balance === "truncate" ? '"fill"' : '"truncate" or "fill"'
  throw fault(
    masking,
    request,
    `kept ${count} tokens, expected ${request.keep}`,
    `\`sample\` must return exactly \`keep\` tokens; or set \`balance\` to ${remedy}`,
  )
}

function fault({ name }: Masking, { index, epoch }: DrawRequest, what: string, advice?: string) {
  return new TubeletError(`masking "${name}" ${what} (sample ${index}, epoch ${epoch})`, advice)
}
