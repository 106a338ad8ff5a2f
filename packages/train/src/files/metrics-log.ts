import { type FileHandle, open, readFile } from "node:fs/promises"
import { exists, notWritten } from "@tubelet/core/files"
import { parseJson } from "@tubelet/core/text"
import type { StepMetrics } from "../run/store.js"

/** metrics.jsonl: one object per line, in step order. */
export class MetricsLog {
  readonly #path: string
  readonly #handle: FileHandle
  /** The last line: its step, and where it starts and ends. */
  #step = Number.NaN
  #start = 0
  #end: number

  private constructor(path: string, handle: FileHandle, last: Line) {
    this.#path = path
    this.#handle = handle
    this.#step = last.metrics?.step ?? Number.NaN
    this.#start = last.start
    this.#end = last.end
  }

  /** Opens the log and drops lines after `step`, and a line cut short by a kill. */
  static async open(path: string, step: number): Promise<MetricsLog> {
    const handle = await open(path, "a+")
    const last = lastLine(await handle.readFile(), step)
    await handle.truncate(last.end)
    return new MetricsLog(path, handle, last)
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

/** What a log holds for a step; undefined if it has no such line. */
export async function loggedStep(path: string, step: number): Promise<StepMetrics | undefined> {
  if (!(await exists(path))) return undefined
  const { metrics } = lastLine(await readFile(path), step)
  return metrics?.step === step ? metrics : undefined
}

interface Line {
  /** Where it starts and ends, in bytes. */
  readonly start: number
  readonly end: number
  readonly metrics: StepMetrics | undefined
}

/** The last of the leading lines that are complete and belong to steps up to `step`. */
function lastLine(bytes: Buffer, step: number): Line {
  let last: Line = { start: 0, end: 0, metrics: undefined }
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, last.end)) {
    const metrics = metricsIn(bytes.subarray(last.end, end))
    if (!metrics || !(metrics.step <= step)) break
    last = { start: last.end, end: end + 1, metrics }
  }
  return last
}

function metricsIn(line: Uint8Array): StepMetrics | undefined {
  try {
    return parseJson(line, "a line") as StepMetrics
  } catch {
    return undefined
  }
}
