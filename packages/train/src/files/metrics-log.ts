import { type FileHandle, open } from "node:fs/promises"
import { notWritten } from "@tubelet/core/files"
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

  private constructor(path: string, handle: FileHandle, length: number) {
    this.#path = path
    this.#handle = handle
    this.#end = length
  }

  /** Opens the log and drops lines after `step`, and a line cut short by a kill. */
  static async open(path: string, step: number): Promise<MetricsLog> {
    const handle = await open(path, "a+")
    const text = await handle.readFile()
    const length = wholeLength(text, step)
    await handle.truncate(length)
    return new MetricsLog(path, handle, length)
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

/** Bytes of the leading lines that are complete and belong to steps up to `step`. */
function wholeLength(bytes: Buffer, step: number): number {
  let whole = 0
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, whole)) {
    if (!(stepOf(bytes.subarray(whole, end)) <= step)) break
    whole = end + 1
  }
  return whole
}

function stepOf(line: Uint8Array): number {
  try {
    return (parseJson(line, "a line") as StepMetrics).step
  } catch {
    return Number.NaN
  }
}
