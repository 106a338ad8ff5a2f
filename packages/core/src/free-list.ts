/** A range of bytes. */
export interface Span {
  readonly offset: number
  readonly bytes: number
}

/** The free bytes of one memory: sorted spans, none of them adjacent. */
export class FreeList {
  readonly #spans: Span[] = []

  get bytes(): number {
    return this.#spans.reduce((total, span) => total + span.bytes, 0)
  }

  /** Free bytes up to `end`: growing the memory there would extend them. */
  bytesBefore(end: number): number {
    const last = this.#spans.at(-1)
    return last !== undefined && last.offset + last.bytes === end ? last.bytes : 0
  }

  /** Takes `bytes` from the smallest span that fits and returns the offset, if any fits. */
  take(bytes: number): number | undefined {
    let best = -1
    for (const [i, span] of this.#spans.entries()) {
      if (span.bytes < bytes) continue
      if (best < 0 || span.bytes < this.#spans[best].bytes) best = i
    }
    if (best < 0) return undefined
    const { offset, bytes: available } = this.#spans[best]
    const rest = available > bytes ? [{ offset: offset + bytes, bytes: available - bytes }] : []
    this.#spans.splice(best, 1, ...rest)
    return offset
  }

  /** Frees bytes and merges them with free neighbours. */
  give({ offset, bytes }: Span): void {
    const found = this.#spans.findIndex((span) => span.offset > offset)
    const i = found < 0 ? this.#spans.length : found
    const [before, after] = [this.#spans[i - 1], this.#spans[i]]
    const joinsBefore = before !== undefined && before.offset + before.bytes === offset
    const joinsAfter = after !== undefined && offset + bytes === after.offset
    const start = joinsBefore ? before.offset : offset
    const end = joinsAfter ? after.offset + after.bytes : offset + bytes
    const first = joinsBefore ? i - 1 : i
    this.#spans.splice(first, Number(joinsBefore) + Number(joinsAfter), {
      offset: start,
      bytes: end - start,
    })
  }
}
