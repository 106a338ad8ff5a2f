import { random } from "@tubelet/core/random"
import { Coverage } from "./coverage.js"
import { mutate } from "./mutate.js"
import { progress } from "./progress.js"
import { Watchdog } from "./watchdog.js"

export interface FuzzOptions {
  /** The name of the target; also the seed of the mutations. */
  readonly name: string
  /** Parses an input. It may throw only what `expected` accepts. */
  readonly target: (input: Uint8Array) => unknown
  readonly expected: (error: unknown) => boolean
  /** Initial inputs, preferably valid ones. */
  readonly seeds: readonly Uint8Array[]
  /** Keywords of the format, inserted at random. */
  readonly words?: readonly string[]
  /** The number of inputs to try, unless `seconds` run out first. */
  readonly inputs: number
  readonly seconds?: number
  /** The number of inputs that earlier arms tried; this arm tries others. */
  readonly from?: number
  /** The scripts whose coverage guides the fuzzer, by URL. */
  readonly sources: RegExp
  /** The length of the longest input in bytes. */
  readonly longest?: number
  /** The most that the process may grow, in MiB. */
  readonly memory?: number
}

export interface FuzzReport {
  /** Inputs tried. */
  readonly inputs: number
  /** Inputs that ran new code. */
  readonly corpus: number
  /** Characters of code that ran. */
  readonly covered: number
}

/** Inputs between two reads of the counters: a read costs as much as hundreds of inputs. */
const batches = { least: 256, most: 4096 }

/**
 * Coverage-guided fuzzing: inputs that run new code join the corpus, and later inputs are mutations
 * of them. V8 counts a whole batch at once. If a batch runs new code, its halves are run again
 * until the input is found; if not, the next batch is larger. Throws at the first input that fails,
 * with the input, and if memory grows. A hang ends the process (see Watchdog).
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { name, seeds, sources, inputs, from = 0, longest = 4096, memory = 512 } = options
  const end = performance.now() + 1000 * (options.seconds ?? Number.POSITIVE_INFINITY)
  const stream = random(`fuzz ${name} ${from}`)
  const words = (options.words ?? []).map((word) => new TextEncoder().encode(word))
  const corpus: Uint8Array[] = []
  const coverage = new Coverage(sources)
  const watchdog = new Watchdog(`out/fuzz/${name.replaceAll(/\W+/g, "-")}.hang`, longest)
  const tell = progress(name, inputs)
  const start = process.memoryUsage.rss()

  /** Whether an input runs new code. */
  async function explore(tried: readonly Uint8Array[]): Promise<boolean> {
    for (const input of tried) await attempt(options, watchdog, input)
    const news = await coverage.news()
    if (news.length === 0) return false
    if (tried.length === 1) {
      coverage.keep(news)
      corpus.push(tried[0])
      return true
    }
    const middle = tried.length >> 1
    await explore(tried.slice(0, middle))
    await explore(tried.slice(middle))
    // Code that no single input reproduces (V8 merges ranges by count) is not searched for again.
    coverage.keep(news)
    return true
  }

  let done = 0
  try {
    await coverage.news()
    for (const seed of seeds) await explore([seed.subarray(0, longest)])
    const pick = () => corpus[stream.integer(corpus.length)] ?? seeds[0]
    let batch = batches.least
    while (done < inputs && performance.now() < end) {
      const tried = Array.from({ length: Math.min(batch, inputs - done) }, () => {
        return mutate(pick(), stream, { other: pick(), words, longest })
      })
      batch = (await explore(tried)) ? batches.least : Math.min(2 * batch, batches.most)
      done += tried.length
      tell(done, `${corpus.length} in the corpus`)
      const grown = (process.memoryUsage.rss() - start) / 2 ** 20
      if (grown > memory) throw new Error(`${name}: memory grew by ${grown.toFixed(0)} MiB`)
    }
  } finally {
    await watchdog.stop()
  }
  return { inputs: done, corpus: corpus.length, covered: coverage.covered }
}

async function attempt(
  { name, target, expected }: FuzzOptions,
  watchdog: Watchdog,
  input: Uint8Array,
): Promise<void> {
  const { stackTraceLimit } = Error
  // Capturing a stack trace takes longer than most parsers.
  Error.stackTraceLimit = 0
  watchdog.begin(input)
  try {
    const result = target(input)
    if (result instanceof Promise) await result
  } catch (error) {
    if (expected(error)) return
    Error.stackTraceLimit = stackTraceLimit
    const bytes = Buffer.from(input).toString("base64")
    const cause = await failure(target, input)
    throw new Error(`${name} fails on the base64 input ${bytes}`, { cause: cause ?? error })
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    watchdog.end()
  }
}

/** What the target throws, this time with its stack. */
async function failure(target: FuzzOptions["target"], input: Uint8Array): Promise<unknown> {
  try {
    await target(input)
  } catch (error) {
    return error
  }
}
