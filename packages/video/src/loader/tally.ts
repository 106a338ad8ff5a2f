import { TubeletError } from "@tubelet/core"
import { isMost, share } from "../dataset/missing.js"
import type { ReadSample } from "./sample-reader.js"

/** A share of fewer clips says nothing. */
export const leastTried = 10

/** Counts the clips that were tried, each once, in the order of the samples. */
export class Tally {
  readonly #tried = new Set<number>()
  readonly #bad = new Set<number>()
  readonly #least: number

  /** `clips`: how many are there to be tried. */
  constructor(clips: number) {
    this.#least = Math.min(leastTried, clips)
  }

  /** @throws TubeletError where more than half of the clips so far could not be read. */
  add(samples: readonly ReadSample[]): void {
    let last: string | undefined
    for (const { read, skipped } of samples) {
      this.#tried.add(read)
      for (const { index, reason, missing } of skipped) {
        if (missing) continue
        this.#tried.add(index)
        this.#bad.add(index)
        last = reason
      }
    }
    if (last !== undefined) requireSound(this.#bad.size, this.#tried.size, this.#least, last)
  }
}

/** @throws TubeletError where most of the clips that were tried, and at least `least`, are bad. */
export function requireSound(bad: number, tried: number, least: number, reason: string): void {
  if (tried < least || !isMost(bad, tried)) return
  throw new TubeletError(
    `${share(bad, tried)} bad, of those that were tried; the last: ${reason.split("\n")[0]}`,
    "Check the data set, or set the option allowMissing to go on with the other clips.",
  )
}
