import type { Random } from "@tubelet/core/random"
import { hiddenTokens } from "./kept.js"
import type { Masking } from "./strategy.js"

/**
 * Truncates or fills `chosen` to `keep` tokens as `balance` allows; otherwise undefined. Ascending
 * indices stay ascending.
 */
export function balanced(
  balance: Masking["balance"],
  chosen: ArrayLike<number>,
  keep: number,
  tokens: number,
  random: Random,
): Int32Array | undefined {
  if (balance === undefined) return undefined
  if (chosen.length >= keep) return Int32Array.from(chosen).slice(0, keep)
  if (balance === "truncate") return undefined
  const added = random.shuffle(hiddenTokens(chosen, tokens)).subarray(0, keep - chosen.length)
  const filled = new Int32Array(keep)
  filled.set(Int32Array.from(chosen))
  filled.set(added, chosen.length)
  return isAscending(chosen) ? filled.sort() : filled
}

const isAscending = (values: ArrayLike<number>): boolean =>
  Array.from(values).every((value, i) => i === 0 || values[i - 1] < value)
