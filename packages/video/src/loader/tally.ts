import { TubeletError } from "@tubelet/core"
import { isMost } from "../dataset/missing.js"

/** With fewer clips read, the fraction of bad ones means little. */
const leastTried = 10

/** Counts the clips tried and the bad ones among them, each clip once. */
export class Tally {
  readonly #tried = new Set<unknown>()
  readonly #bad = new Set<unknown>()
  readonly #least: number
  readonly #known: number
  #lastReason: string | undefined

  /** For `clips` clips, of which `known` are known to be good without a try. */
  constructor(clips: number, known = 0) {
    this.#least = Math.min(leastTried, clips)
    this.#known = known
  }

  good(clip: unknown): void {
    this.#tried.add(clip)
  }

  bad(clip: unknown, reason: string): void {
    this.#tried.add(clip)
    this.#bad.add(clip)
    this.#lastReason = reason
  }

  /**
   * @throws TubeletError (`MOST_CLIPS_BAD`) if there are new bad clips, and more than half of all
   * tried are bad.
   */
  check(): void {
    const reason = this.#lastReason
    this.#lastReason = undefined
    const [bad, tried] = [this.#bad.size, this.#known + this.#tried.size]
    if (reason === undefined || tried < this.#least || !isMost(bad, tried)) return
    const [count, total] = [bad, tried].map((n) => n.toLocaleString("en"))
    throw new TubeletError(
      `${count} of the ${total} clips read so far are bad; last error: ${reason.split("\n")[0]}`,
      "check the data set, or pass `allowMissing: true` to continue with the other clips",
      { code: "MOST_CLIPS_BAD" },
    )
  }
}
