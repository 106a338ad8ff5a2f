import type { FileHandle } from "node:fs/promises"
import { parseJson } from "@tubelet/core/text"
import type { StepMetrics } from "@tubelet/train"
import { openOwn } from "./own-file.js"

/** What a log has gained. */
export interface News {
  /** The steps before were dropped: the run started again from an earlier one. */
  readonly restarted: boolean
  /** The first may be the last of those before, now with its scores. */
  readonly metrics: readonly StepMetrics[]
}

const newline = 10

/** Reads a metrics.jsonl while a run writes it, each time only what was added. */
export class LogReader {
  readonly #root: string
  readonly #path: string
  /** Where the last line read starts: a run may yet replace it. */
  #start = 0
  #last = ""
  /** The length and the time of the log when everything was read. */
  #seen = ""

  constructor(root: string, path: string) {
    this.#root = root
    this.#path = path
  }

  /** The next lines, up to `most` bytes; undefined at the end. */
  async read(most = 1 << 18): Promise<News | undefined> {
    const file = await openOwn(this.#root, this.#path)
    try {
      return file && (await this.#readFrom(file, most))
    } finally {
      await file?.close()
    }
  }

  async #readFrom(file: FileHandle, most: number): Promise<News | undefined> {
    const { size, mtimeMs } = await file.stat()
    const seen = `${size} ${mtimeMs}`
    if (seen === this.#seen) return undefined
    const before = this.#last
    let lines = await linesAt(file, this.#start, most)
    const restarted = before !== "" && !sameStep(lines[0] ?? "", before)
    if (restarted) {
      this.#start = 0
      lines = await linesAt(file, 0, most)
    }
    this.#last = lines.at(-1) ?? ""
    this.#start += lines.slice(0, -1).reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
    const added = !restarted && lines[0] === before ? lines.slice(1) : lines
    if (added.length > 0 || restarted) return { restarted, metrics: added.flatMap(metricsIn) }
    this.#seen = seen
    return undefined
  }
}

/** The complete lines in `most` bytes of a file from `start`. */
async function linesAt(file: FileHandle, start: number, most: number): Promise<string[]> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(most), 0, most, start)
  const end = buffer.subarray(0, bytesRead).lastIndexOf(newline)
  return end < 0 ? [] : buffer.toString("utf8", 0, end).split("\n")
}

const sameStep = (a: string, b: string): boolean => {
  if (a === b) return true
  const [one, other] = [metricsIn(a)[0], metricsIn(b)[0]]
  return one !== undefined && one.step === other?.step
}

/** The metrics of a line; none if it is damaged. */
function metricsIn(line: string): StepMetrics[] {
  try {
    const fields = Object(parseJson(Buffer.from(line), "a line")) as StepMetrics
    return Number.isInteger(fields.step) ? [fields] : []
  } catch {
    return []
  }
}
