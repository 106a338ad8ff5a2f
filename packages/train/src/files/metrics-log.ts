import { type FileHandle, open, readFile } from "node:fs/promises"
import { exists, notWritten } from "@tubelet/core/files"
import { parseJson } from "@tubelet/core/text"
import type { StepMetrics } from "../run/store.js"

/** metrics.jsonl: one object per line, in step order. */
export class MetricsLog {
  readonly #path: string
  readonly #handle: FileHandle
  /** The last line: its step, and where it starts and ends. */
  #step: number
  #start: number
  #end: number

  private constructor(path: string, handle: FileHandle, last: Line | undefined) {
    this.#path = path
    this.#handle = handle
    this.#step = last?.metrics.step ?? Number.NaN
    this.#start = last?.start ?? 0
    this.#end = last?.end ?? 0
  }

  /**
   * Opens the log and drops lines after `step`, and a line cut short by a kill. Also returns the
   * contents of the others.
   */
  static async open(
    path: string,
    step: number,
  ): Promise<{ log: MetricsLog; logged: StepMetrics[] }> {
    const handle = await open(path, "a+")
    const lines = [...linesUpTo(await handle.readFile(), step)]
    const last = lines.at(-1)
    await handle.truncate(last?.end ?? 0)
    const log = new MetricsLog(path, handle, last)
    return { log, logged: lines.map(({ metrics }) => metrics) }
  }

  /** Appends a step's line, or replaces it if it is the last. */
  append(metrics: StepMetrics): Promise<void> {
    return this.#orSay(this.#write(metrics.step, Buffer.from(`${JSON.stringify(metrics)}\n`)))
  }

  async #write(step: number, line: Uint8Array): Promise<void> {
    if (step === this.#step) await this.#handle.truncate(this.#start)
    else this.#start = this.#end
    await this.#handle.appendFile(line)
    this.#step = step
    this.#end = this.#start + line.length
  }

  sync(): Promise<void> {
    return this.#orSay(this.#handle.sync())
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  #orSay(work: Promise<void>): Promise<void> {
    return work.catch(async (cause) => {
      throw await notWritten(this.#path, cause)
    })
  }
}

/** The contents of a log up to a step, in order. */
export async function loggedUpTo(path: string, step: number): Promise<StepMetrics[]> {
  if (!(await exists(path))) return []
  return Array.from(linesUpTo(await readFile(path), step), ({ metrics }) => metrics)
}

interface Line {
  /** Where it starts and ends, in bytes. */
  readonly start: number
  readonly end: number
  readonly metrics: StepMetrics
}

/** The leading lines that are complete and belong to steps up to `step`. */
function* linesUpTo(bytes: Buffer, step: number): Generator<Line> {
  let start = 0
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    const metrics = metricsIn(bytes.subarray(start, end))
    if (!metrics || !(metrics.step <= step)) break
    yield { start, end: end + 1, metrics }
    start = end + 1
  }
}

function metricsIn(line: Uint8Array): StepMetrics | undefined {
  try {
    return parseJson(line, "a line") as StepMetrics
  } catch {
    return undefined
  }
}
