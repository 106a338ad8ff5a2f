import { readdir, readFile, stat } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { TubeletError } from "@tubelet/core"
import { isNumbered } from "../decode/frame-folder.js"
import { isPicture } from "../decode/kinds.js"
import type { ClipItem } from "./item.js"

const LONGEST_LINE = 8192
/** Millions of lines. */
const LARGEST_LIST = 2 ** 28
/** Some folders of a list may be missing; so many of them, and all may be. */
const MOST_FOLDERS = 100

const FORMS = "Expected one clip a line: PATH, PATH LABEL, PATH 0 -1, or FOLDER START COUNT."

/**
 * Reads a list, one clip a line, in the originals' formats:
 *
 * - `PATH` or `PATH LABEL` (VideoMAE, and VideoMAE V2's fine-tuning),
 * - `PATH 0 -1` for a video and `FOLDER START COUNT` for frames (VideoMAE V2's pre-training),
 * - `FOLDER COUNT LABEL` for frames (VideoMAE V2's fine-tuning).
 *
 * The last two look alike, and the first of these that is so tells them apart: a line `PATH 0 -1`,
 * or a first number below 2, is of pre-training; a last number of 0 is a label; where the frames
 * that the first line asks for are in its folder, it is of pre-training; else of fine-tuning.
 *
 * Paths may hold spaces and are relative to the list. Numbers follow a space, a tab or a comma.
 * Empty lines and lines that begin with `#` are passed over.
 *
 * @throws TubeletError naming the list and the line.
 */
export async function readList(path: string): Promise<ClipItem[]> {
  const { size } = await stat(path)
  if (size > LARGEST_LIST) {
    throw new TubeletError(`${path}: a list of ${size} bytes`, "Split it into smaller ones.")
  }
  const rows = rowsOf(await readFile(path, "utf8"), path)
  const form = formOf(rows) ?? (await formInFolders(rows, path))
  return rows.map((row) => itemOf(row, path, form))
}

interface Row {
  readonly line: number
  readonly path: string
  /** At most two. */
  readonly numbers: readonly number[]
}

/** What the numbers behind a folder are: start and count, or count and label. */
type Form = "pre-training" | "fine-tuning"

/** As `readList`, of a list's text: no folder is looked into. `path` is the list's own. */
export function parseList(text: string, path: string): ClipItem[] {
  const rows = rowsOf(text, path)
  return rows.map((row) => itemOf(row, path, formOf(rows) ?? "fine-tuning"))
}

const isTriple = ({ numbers }: Row) => numbers.length === 2 && numbers[1] >= 0

/** What numbers alone show: frames count from 0 or 1, labels from 0, and no count is 0. */
function formOf(rows: readonly Row[]): Form | undefined {
  if (rows.some(({ numbers: [, second] }) => second < 0)) return "pre-training"
  const triples = rows.filter(isTriple)
  if (triples.some(({ numbers: [first] }) => first < 2)) return "pre-training"
  return triples.some(({ numbers: [, second] }) => second === 0) ? "fine-tuning" : undefined
}

/** What the first folder that can be read shows: it has the frames from a start on, or not. */
async function formInFolders(rows: readonly Row[], list: string): Promise<Form> {
  for (const { path, numbers } of rows.filter(isTriple).slice(0, MOST_FOLDERS)) {
    const names = await readdir(resolve(dirname(list), path)).catch(() => undefined)
    if (!names) continue
    const [start, count] = numbers
    const held = names.filter((name) => isPicture(name) && isNumbered(name, start, start + count))
    return held.length >= count ? "pre-training" : "fine-tuning"
  }
  return "fine-tuning"
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

function itemOf({ line, path: name, numbers }: Row, list: string, form: Form): ClipItem {
  if (name === "") throw wrongLine(list, line, "has no path")
  const path = resolve(dirname(list), name)
  const [first, second] = numbers
  if (first === undefined) return { path }
  if (second === undefined) return { path, label: first }
  if (second < 0) return { path }
  if (form === "fine-tuning") return { path, frames: { count: first }, label: second }
  if (first >= 0 && second > 0) return { path, frames: { start: first, count: second } }
  throw wrongLine(list, line, `asks for ${second} frames from number ${first}`)
}

const wrongLine = (list: string, line: number, problem: string) =>
  new TubeletError(`${list}: line ${line} ${problem}`, FORMS)
