import { readFile, stat } from "node:fs/promises"
import { TubeletError } from "@tubelet/core"
import { decodeText } from "@tubelet/core/text"
import { CsvError, parse } from "csv-parse/sync"
import { delimiterOf } from "./header.js"

/** Enough for millions of lines. */
const largestText = 2 ** 28

/** A row of a CSV file: its values by column name. */
export type Row = Readonly<Record<string, string>>

/** A UTF-8 file's text, as `plainText` gives it. */
export async function textOf(path: string): Promise<string> {
  const { size } = await stat(path)
  if (size > largestText) {
    throw new TubeletError(
      `${path}: a text file of ${size} bytes is too large`,
      "split it into parts",
    )
  }
  return plainText(decodeText(await readFile(path), path))
}

/** A text without a byte-order mark, its lines ended by "\n". */
export const plainText = (text: string): string =>
  text.replace(/^\ufeff/, "").replaceAll(/\r\n?/g, "\n")

/** The lines of a file, trimmed, without empty ones. */
export async function linesOf(path: string): Promise<string[]> {
  const lines = (await textOf(path)).split("\n").map((line) => line.trim())
  return lines.filter((line) => line !== "")
}

/**
 * The rows of a CSV file with a header. Column names are in lower case. The default delimiter is
 * that of the header.
 */
export async function rowsOf(path: string, delimiter?: string): Promise<Row[]> {
  const text = await textOf(path)
  const [header, ...rows] = cellsOf(text, path, delimiter ?? delimiterOf(text.trimStart()))
  const names = (header?.cells ?? []).map((name) => name.toLowerCase())
  const twice = names.find((name, i) => name !== "" && names.indexOf(name) < i)
  if (twice !== undefined) {
    throw new TubeletError(`${path}: two columns are named "${twice}"`, "rename one of them")
  }
  return rows.map(({ line, cells }) => {
    if (cells.length === names.length) {
      return Object.fromEntries(names.map((name, i) => [name, cells[i]]))
    }
    throw new TubeletError(
      `${path}: line ${line} has ${cells.length} columns, the header ${names.length}`,
      'put values that contain the separator in double quotes: "take 2, b.mp4"',
    )
  })
}

/** The cells of a CSV text, with the line that each row begins on. */
function cellsOf(
  text: string,
  path: string,
  delimiter: string,
): { readonly line: number; readonly cells: readonly string[] }[] {
  const lines: number[] = []
  try {
    const records = parse(text, {
      ...{ delimiter, trim: true, relax_column_count: true, skip_empty_lines: true },
      on_record(record: string[], info) {
        lines.push(info.lines)
        return record
      },
    })
    return records.map((cells, i) => ({ line: lines[i], cells }))
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause
    throw new TubeletError(
      `${path}: ${cause.message}`,
      'write quotes inside a quoted value twice: "a ""b"".mp4"',
      { cause },
    )
  }
}

export async function jsonOf(path: string): Promise<unknown> {
  const text = await textOf(path)
  try {
    return JSON.parse(text)
  } catch (cause) {
    const { message } = cause as Error
    throw new TubeletError(`${path}: is not JSON (${message})`, "download it again", { cause })
  }
}
