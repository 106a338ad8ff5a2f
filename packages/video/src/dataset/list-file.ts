import { readFile, stat } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { TubeletError } from "@tubelet/core"
import type { ClipItem } from "./item.js"

const LONGEST_LINE = 8192
/** Millions of lines. */
const LARGEST_LIST = 2 ** 28

const FORMS = "Expected one clip a line: PATH, PATH LABEL, PATH 0 -1, or FOLDER START COUNT."

/**
 * Reads a list, one clip a line, in the originals' formats:
 *
 * - `PATH` or `PATH LABEL` (VideoMAE, and VideoMAE V2's fine-tuning),
 * - `PATH 0 -1` for a video and `FOLDER START COUNT` for frames (VideoMAE V2's pre-training),
 * - `FOLDER COUNT LABEL` for frames (VideoMAE V2's fine-tuning).
 *
 * The last two look alike. Frames count from 0 or 1, so where the first number of every such line
 * is greater than 1, it is the count. Paths may hold spaces and are relative to the list. Numbers
 * follow a space, a tab or a comma. Empty lines and lines that begin with `#` are passed over.
 *
 * @throws TubeletError naming the list and the line.
 */
export async function readList(path: string): Promise<ClipItem[]> {
  const { size } = await stat(path)
  if (size > LARGEST_LIST) {
    throw new TubeletError(`${path}: a list of ${size} bytes`, "Split it into smaller ones.")
  }
  return parseList(await readFile(path, "utf8"), path)
}

interface Row {
  readonly line: number
  readonly path: string
  /** At most two. */
  readonly numbers: readonly number[]
}

/** The clips of a list's text; `path` is the list's own. */
export function parseList(text: string, path: string): ClipItem[] {
  const rows = rowsOf(text, path)
  const triples = rows.filter(({ numbers }) => numbers.length === 2 && numbers[1] >= 0)
  const countFirst = triples.length > 0 && triples.every(({ numbers: [first] }) => first > 1)
  return rows.map((row) => itemOf(row, path, countFirst))
}

function rowsOf(text: string, list: string): Row[] {
  const rows: Row[] = []
  for (const [i, raw] of text
    .replace(/^\ufeff/, "")
    .split("\n")
    .entries()) {
    if (raw.length > LONGEST_LINE) {
      throw wrongLine(list, i + 1, `has ${raw.length} characters`)
    }
    const line = raw.trim()
    if (line === "" || line.startsWith("#")) continue
    if (line.includes("\0")) throw wrongLine(list, i + 1, "is not text")
    rows.push({ line: i + 1, ...columnsOf(line) })
  }
  return rows
}

function columnsOf(line: string): Omit<Row, "line"> {
  const numbers: number[] = []
  let path = line
  while (numbers.length < 2) {
    const last = /[ \t,](-?\d{1,15})$/.exec(path)
    if (!last) break
    numbers.unshift(Number(last[1]))
    path = path.slice(0, last.index).trimEnd()
  }
  return { path, numbers }
}

function itemOf({ line, path: name, numbers }: Row, list: string, countFirst: boolean): ClipItem {
  if (name === "") throw wrongLine(list, line, "has no path")
  const path = resolve(dirname(list), name)
  const [first, second] = numbers
  if (first === undefined) return { path }
  if (second === undefined) return { path, label: first }
  if (second < 0) return { path }
  if (countFirst) return { path, frames: { count: first }, label: second }
  if (first >= 0 && second > 0) return { path, frames: { start: first, count: second } }
  throw wrongLine(list, line, `asks for ${second} frames from number ${first}`)
}

const wrongLine = (list: string, line: number, problem: string) =>
  new TubeletError(`${list}: line ${line} ${problem}`, FORMS)
