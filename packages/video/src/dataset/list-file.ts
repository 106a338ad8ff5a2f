import { readdir, stat } from "node:fs/promises"
import { dirname, extname, resolve } from "node:path"
import { isFrame, isNumbered } from "../decode/frame-folder.js"
import { isVideo } from "../decode/kinds.js"
import type { ClipItem } from "../item.js"
import { type Columns, columnsOf, isHeader, type Refuse } from "./list-line.js"
import { requireFromZero, requireLabels } from "./official-lists.js"
import { requireLengths, requireOneLabelEach } from "./several-labels.js"
import { plainText, textOf } from "./text-files.js"
import { wrongLine } from "./wrong-line.js"

const listExtensions = new Set([".txt", ".csv", ".tsv", ".lst", ".list"])

/** Whether a file name has a list's extension. */
export const isListName = (path: string) => listExtensions.has(extname(path).toLowerCase())

const longestLine = 8192
/** Folders of a list to try; the first ones may be missing. */
const mostFolders = 100

const expectedForms =
  "expected one clip per line: PATH, PATH LABEL, PATH 0 -1, or FOLDER START COUNT"

/**
 * Reads a list with one clip per line, in the authors' formats and mmaction2's:
 *
 * - `PATH` or `PATH LABEL` (VideoMAE, and VideoMAE V2's fine-tuning),
 * - `PATH 0 -1` for a video and `FOLDER START COUNT` for frames (VideoMAE V2's pre-training),
 * - `FOLDER COUNT LABEL` for frames (VideoMAE V2's fine-tuning, mmaction2), `VIDEO COUNT LABEL`,
 * - `"FOLDER" OFFSET COUNT LABEL` for frames, starting at number OFFSET + 1 (mmaction2).
 *
 * Two numbers after a folder are ambiguous. The first rule that applies decides: a line `PATH 0 -1`
 * or a first number below 2 means pre-training; a last number of 0 is a label, so fine-tuning; if
 * the first folder has the frames its line asks for, pre-training; otherwise fine-tuning.
 *
 * Paths are relative to the list and may contain spaces. Quote paths that also contain commas or
 * end in a number with double quotes. Numbers follow spaces, a tab or a comma, and may be written
 * as floats. Empty lines, a header line, and lines that start with `#` are skipped.
 *
 * @throws TubeletError naming the list and the line, or if the encoding is not UTF-8.
 */
export async function readList(path: string): Promise<ClipItem[]> {
  const items = await readPart(path)
  requireFromZero(items, path)
  return items
}

/** `readList` for one of several lists of a data set: labels that it lacks may be in others. */
export async function readPart(
  path: string,
  resolved: Resolved = beside(path),
): Promise<ClipItem[]> {
  const named = rowsIn(await textOf(path), path)
  const rows = (await areFolders(named, resolved))
    ? named.map((row) => ({ ...row, isVideo: false }))
    : named
  requireOneLabelEach(rows, path)
  await requireLengths(rows, path, resolved)
  const form = formOf(rows) ?? (await formInFolders(rows, resolved))
  return rows.map((row) => itemOf(row, path, form, resolved))
}

type Resolved = (path: string) => string

/** Paths in a list are relative to its folder. */
const beside =
  (list: string): Resolved =>
  (path) =>
    resolve(dirname(list), path)

interface Row extends Columns {
  readonly line: number
  /** A video file: the first of two numbers is its length. */
  readonly isVideo: boolean
}

/** What two numbers after a folder are: start and count, or count and label. */
type Form = "pre-training" | "fine-tuning"

/** `readList` for a list's text, without looking into folders. `path` is the list's path. */
export function parseList(text: string, path: string): ClipItem[] {
  const rows = rowsIn(plainText(text), path)
  requireOneLabelEach(rows, path)
  const form = formOf(rows) ?? "fine-tuning"
  const items = rows.map((row) => itemOf(row, path, form, beside(path)))
  requireFromZero(items, path)
  return items
}

const isTriple = ({ numbers, isVideo }: Row) => numbers.length === 2 && numbers[1] >= 0 && !isVideo

/** The form that numbers show: frames start at 0 or 1, labels at 0, and no count is 0. */
function formOf(rows: readonly Row[]): Form | undefined {
  if (rows.some(({ numbers }) => numbers.length === 2 && numbers[1] < 0)) return "pre-training"
  const triples = rows.filter(isTriple)
  if (triples.some(({ numbers: [first] }) => first < 2)) return "pre-training"
  return triples.some(({ numbers: [, second] }) => second === 0) ? "fine-tuning" : undefined
}

/** Whether paths that look like videos, followed by two numbers, are folders of frames. */
async function areFolders(rows: readonly Row[], resolved: Resolved): Promise<boolean> {
  const videos = rows.filter(({ isVideo, numbers }) => isVideo && numbers.length === 2)
  for (const { path } of videos.slice(0, mostFolders)) {
    const found = await stat(resolved(path)).catch(() => undefined)
    if (found) return found.isDirectory()
  }
  return false
}

/** The form by the first readable folder: it has the frames that its line would ask for, or not. */
async function formInFolders(rows: readonly Row[], resolved: Resolved): Promise<Form> {
  for (const { path, numbers } of rows.filter(isTriple).slice(0, mostFolders)) {
    const names = await readdir(resolved(path)).catch(() => undefined)
    if (!names) continue
    const [start, count] = numbers
    const held = names.filter((name) => isFrame(name) && isNumbered(name, start, start + count))
    return held.length >= count ? "pre-training" : "fine-tuning"
  }
  return "fine-tuning"
}

function rowsIn(text: string, list: string): Row[] {
  const rows: Row[] = []
  for (const [i, raw] of text.split("\n").entries()) {
    const refuse: Refuse = (problem, advice = expectedForms) => {
      throw wrongLine(list, i + 1, problem, advice)
    }
    if (raw.length > longestLine) refuse(`has ${raw.length} characters`)
    const line = raw.trim()
    if (line === "" || line.startsWith("#")) continue
    if (line.includes("\0")) refuse("is not text")
    if (rows.length === 0 && isHeader(line, refuse)) continue
    const columns = columnsOf(line, refuse)
    rows.push({ line: i + 1, ...columns, isVideo: isVideo(columns.path) })
  }
  requireLabels(rows, list)
  return rows
}

function itemOf(row: Row, list: string, form: Form, resolved: Resolved): ClipItem {
  const { line, numbers } = row
  if (row.path === "") throw wrongLine(list, line, "has no path", expectedForms)
  const path = resolved(row.path)
  const [first, second, third] = numbers
  if (first === undefined) return { path }
  if (second === undefined) return first < 0 ? { path } : { path, label: first }
  if (third !== undefined) {
    if (numbers.length > 3 || first < 0 || second < 1 || third < 0) {
      throw wrongLine(list, line, `has ${numbers.join(" ")} after its path`, expectedForms)
    }
    return { path, frames: { start: first + 1, count: second }, label: third }
  }
  if (second < 0) return { path }
  if (row.isVideo) return { path, label: second }
  if (form === "fine-tuning") return { path, frames: { count: first }, label: second }
  if (first >= 0 && second > 0) return { path, frames: { start: first, count: second } }
  const asked = `asks for ${second} frames, starting at number ${first}`
  throw wrongLine(list, line, asked, expectedForms)
}
