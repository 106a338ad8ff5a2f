import { type FileHandle, open } from "node:fs/promises"
import { parseJson } from "@tubelet/core/text"
import type { StepMetrics } from "../run-store.js"

/** metrics.jsonl: one object a line, in order of steps. */
export class MetricsLog {
  private constructor(private readonly handle: FileHandle) {}

  /** Opens the log and drops what comes after `step`, or was cut short by a kill. */
  static async open(path: string, step: number): Promise<MetricsLog> {
    const handle = await open(path, "a+")
    const text = await handle.readFile()
    await handle.truncate(wholeLength(text, step))
    return new MetricsLog(handle)
  }

  async append(metrics: StepMetrics): Promise<void> {
    await this.handle.appendFile(`${JSON.stringify(metrics)}\n`)
  }

  sync(): Promise<void> {
    return this.handle.sync()
  }

  close(): Promise<void> {
    return this.handle.close()
  }
}

/** Bytes of the leading lines that are whole and belong to steps up to `step`. */
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
