import { isMedia } from "../decode/kinds.js"

/** A line of a list: a path and the whole numbers after it. */
export interface Columns {
  readonly path: string
  readonly numbers: readonly number[]
}

/** Throws an error that names the list and the line. */
export type Refuse = (problem: string, advice?: string) => never

const quoteAdvice = 'quote a path that contains spaces, commas or numbers: "take 2, b.mp4" 0'

/**
 * Parses a line of a list. In a quoted path, two double quotes stand for one, as pandas writes
 * them. Numbers are separated by commas, tabs or spaces, the same throughout the line.
 */
export function columnsOf(line: string, refuse: Refuse): Columns {
  return line.startsWith('"') ? quoted(line, refuse) : bare(line, refuse)
}

function quoted(line: string, refuse: Refuse): Columns {
  const [whole, inside] = /^"((?:[^"]|"")*)"/.exec(line) ?? refuse("has an unterminated quote")
  const rest = line.slice(whole.length)
  const { path, numbers } = trailingNumbers(rest, refuse)
  if (path !== "") refuse(`has ${JSON.stringify(rest.trim())} after its quoted path`)
  return { path: inside.replaceAll('""', '"'), numbers }
}

function bare(line: string, refuse: Refuse): Columns {
  const { path, numbers } = trailingNumbers(line, refuse)
  if (numbers.length > 2) {
    refuse(
      `has ${numbers.length} numbers after ${path}, some of which may belong to the path`,
      `${quoteAdvice}; multi-label data sets are not supported`,
    )
  }
  const comma = lastOf(path, ",\t")
  if (comma >= 0 && isNumeric(path.slice(comma + 1))) refuse("uses two separators", quoteAdvice)
  if (/^'.*'$/.test(path)) refuse("has a path in single quotes", "use double quotes")
  const words = path.split(/[\s,;|]+/)
  const file = isMedia(path) ? -1 : words.findIndex(isMedia)
  if (file >= 0) {
    const text = JSON.stringify(words.slice(file + 1).join(" "))
    refuse(
      `has ${text} after ${words[file]}`,
      `for class names, begin with the header path,label; ${quoteAdvice}`,
    )
  }
  return { path, numbers }
}

const anySeparator = " \t,"

function trailingNumbers(text: string, refuse: Refuse): Columns {
  const numbers: number[] = []
  let separators = anySeparator
  let path = text
  for (;;) {
    const end = lastOf(path, separators)
    const word = path.slice(end + 1).replace(/^"(.*)"$/, "$1")
    if (end < 0 || (word !== "" && !isNumeric(word))) return { path, numbers }
    let begin = end
    while (begin > 0 && anySeparator.includes(path[begin - 1])) begin--
    const between = path.slice(begin, end + 1)
    separators = [",", "\t"].find((one) => between.includes(one)) ?? " "
    if (word !== "") numbers.unshift(whole(word, refuse))
    path = path.slice(0, begin)
  }
}

const lastOf = (text: string, characters: string) =>
  Math.max(...Array.from(characters, (one) => text.lastIndexOf(one)))

/** A number as Python writes it. */
const isNumeric = (word: string) => /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(word.trim())

function whole(word: string, refuse: Refuse): number {
  const value = Number(word)
  return Number.isSafeInteger(value)
    ? value
    : refuse(`has ${word}, which is not an integer`, quoteAdvice)
}

const words = (text: string) => new Set(text.split(" "))
const pathColumns = words(
  "path file filename file_name file_path filepath video video_path videopath video_name clip " +
    "name frame_dir",
)
const otherColumns = words(
  "label labels class class_id target category total_frames num_frames frames count start " +
    "start_frame index id",
)

/** Whether a list's first line is a header. Refuses a header whose first column is not the path. */
export function isHeader(line: string, refuse: Refuse): boolean {
  const names = line.split(/[\s,]+/).map((name) => name.replaceAll('"', "").toLowerCase())
  const [first, ...rest] = names
  if (rest.length === 0 || !rest.every((name) => pathColumns.has(name) || otherColumns.has(name)))
    return false
  if (pathColumns.has(first)) return rest.every((name) => otherColumns.has(name))
  if (first !== "" && !otherColumns.has(first)) return false
  return refuse(
    `names ${JSON.stringify(first)} as the first column, which must be the path`,
    "write the path first and no index (index=False in pandas)",
  )
}
