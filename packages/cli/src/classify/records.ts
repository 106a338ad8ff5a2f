import { type FileHandle, mkdir, open } from "node:fs/promises"
import { join } from "node:path"
import { notWritten } from "@tubelet/core/files"
import { parseJson } from "@tubelet/core/text"
import type { Prediction } from "@tubelet/train"

/** One line of predictions.jsonl. */
export interface PredictionRecord {
  readonly path: string
  readonly label: number
  /** The mean over the views; empty if the clip could not be read. */
  readonly logits: readonly number[]
  readonly probabilities: readonly number[]
  /** Why the clip could not be read. */
  readonly error?: string
}

/** predictions.jsonl: written clip by clip, so that an interrupted evaluation can resume. */
export class PredictionLog {
  /** The lines so far, with those of the evaluation that it resumes. */
  readonly records: PredictionRecord[]
  readonly #path: string
  readonly #handle: FileHandle

  private constructor(path: string, handle: FileHandle, records: PredictionRecord[]) {
    this.#path = path
    this.#handle = handle
    this.records = records
  }

  /** Opens the log in a folder; keeps the whole lines that are there if it `resumes`. */
  static async open(folder: string, resumes: boolean): Promise<PredictionLog> {
    await mkdir(folder, { recursive: true })
    const path = join(folder, "predictions.jsonl")
    const handle = await open(path, "a+")
    try {
      const text = resumes ? await handle.readFile("utf8") : ""
      // A kill may have cut the last line short.
      const whole = text.slice(0, text.lastIndexOf("\n") + 1)
      const lines = whole.split("\n").filter(Boolean)
      const records = lines.map((line) => parseJson(Buffer.from(line), path) as PredictionRecord)
      await handle.truncate(Buffer.byteLength(whole))
      return new PredictionLog(path, handle, records)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async append(record: PredictionRecord): Promise<void> {
    this.records.push(record)
    try {
      await this.#handle.appendFile(`${JSON.stringify(record)}\n`)
    } catch (cause) {
      throw await notWritten(this.#path, cause as NodeJS.ErrnoException)
    }
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

export function recordOf({ clip, logits, probabilities }: Prediction): PredictionRecord {
  const { item, reason } = clip
  const [first = new Float32Array()] = logits
  const mean = first.map((_, i) => logits.reduce((sum, row) => sum + row[i], 0) / logits.length)
  return {
    path: item.path,
    label: item.label!,
    logits: Array.from(mean),
    probabilities: Array.from(probabilities),
    ...(reason !== undefined && { error: reason }),
  }
}
