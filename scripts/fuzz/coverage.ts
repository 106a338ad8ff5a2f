import { type Profiler, Session } from "node:inspector/promises"

// Early, because V8 counts blocks only in functions that it compiles from now on.
const session = new Session()
session.connect()
await session.post("Profiler.enable")
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true })

/** A function, with a 1 for each of its characters that ran. */
export interface Ran {
  readonly key: string
  readonly characters: Uint8Array
}

/**
 * The code that has run, from V8's counters. `sources` selects scripts by URL. V8 merges adjacent
 * blocks with equal counts, so reports are compared by characters, not by blocks.
 */
export class Coverage {
  private readonly seen = new Map<string, Uint8Array>()

  constructor(private readonly sources: RegExp) {}

  /** The code that ran since the last call and is not yet known to `keep`. */
  async news(): Promise<Ran[]> {
    const { result } = await session.post("Profiler.takePreciseCoverage")
    return result
      .filter(({ url }) => this.sources.test(url))
      .flatMap(({ scriptId, functions }) => functions.map((f) => ran(scriptId, f)))
      .filter(({ key, characters }) => isNew(characters, this.seen.get(key)))
  }

  keep(news: readonly Ran[]): void {
    for (const { key, characters } of news) {
      const before = this.seen.get(key)
      this.seen.set(key, before ? characters.map((c, i) => c | before[i]) : characters)
    }
  }

  /** Characters of code that have run. */
  get covered(): number {
    let sum = 0
    for (const characters of this.seen.values()) for (const c of characters) sum += c
    return sum
  }
}

/** Ranges are listed outermost first; inner ones override outer ones. */
function ran(scriptId: string, { ranges }: Profiler.FunctionCoverage): Ran {
  const [{ startOffset: start, endOffset: end }] = ranges as [Profiler.CoverageRange]
  const characters = new Uint8Array(end - start)
  for (const { startOffset, endOffset, count } of ranges) {
    characters.fill(Math.min(count, 1), startOffset - start, endOffset - start)
  }
  return { key: `${scriptId}:${start}:${end}`, characters }
}

const isNew = (characters: Uint8Array, seen: Uint8Array | undefined): boolean =>
  characters.some((c, i) => c > (seen?.[i] ?? 0))
