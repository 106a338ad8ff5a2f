/** A run of bytes. */
export interface Range {
  readonly offset: number
  readonly bytes: number
}

/** The free bytes of one memory: ranges in order of their offsets, no two of them adjacent. */
export class FreeList {
  readonly #ranges: Range[] = []

  get bytes(): number {
    return this.#ranges.reduce((total, range) => total + range.bytes, 0)
  }

  /** The free bytes that end at `end`, which growing a memory there would lengthen. */
  bytesBefore(end: number): number {
    const last = this.#ranges.at(-1)
    return last !== undefined && last.offset + last.bytes === end ? last.bytes : 0
  }

  /** The offset of `bytes` taken from the smallest range that holds them, if there is one. */
  take(bytes: number): number | undefined {
    let best = -1
    for (const [i, range] of this.#ranges.entries()) {
      if (range.bytes < bytes) continue
      if (best < 0 || range.bytes < this.#ranges[best]!.bytes) best = i
    }
    if (best < 0) return undefined
    const { offset, bytes: available } = this.#ranges[best]!
    const rest = available > bytes ? [{ offset: offset + bytes, bytes: available - bytes }] : []
    this.#ranges.splice(best, 1, ...rest)
    return offset
  }

  /** Gives bytes back and joins them with free neighbours. */
  give({ offset, bytes }: Range): void {
    const found = this.#ranges.findIndex((range) => range.offset > offset)
    const i = found < 0 ? this.#ranges.length : found
    const [before, after] = [this.#ranges[i - 1], this.#ranges[i]]
    const joinsBefore = before !== undefined && before.offset + before.bytes === offset
    const joinsAfter = after !== undefined && offset + bytes === after.offset
    const start = joinsBefore ? before.offset : offset
    const end = joinsAfter ? after.offset + after.bytes : offset + bytes
    const first = joinsBefore ? i - 1 : i
    this.#ranges.splice(first, Number(joinsBefore) + Number(joinsAfter), {
      offset: start,
      bytes: end - start,
    })
  }
}
