import { isPicture, isVideo } from "../decode/kinds.js"

/** A line of a list: a path, and the whole numbers behind it. */
export interface Columns {
  readonly path: string
  readonly numbers: readonly number[]
}

/** Throws an error that names the list and the line. */
export type Refuse = (problem: string, advice?: string) => never

const quoteAdvice = 'Quote a path that holds spaces, commas or numbers: "take 2, b.mp4" 0.'

/**
 * Takes a line of a list apart. A path in double quotes is what is between them, two for one, as
 * pandas writes it. Numbers follow a comma, a tab or spaces, the same all along the line.
 */
export function columnsOf(line: string, refuse: Refuse): Columns {
  return line.startsWith('"') ? quoted(line, refuse) : bare(line, refuse)
}

function quoted(line: string, refuse: Refuse): Columns {
  const [whole, inside] = /^"((?:[^"]|"")*)"/.exec(line) ?? refuse("has a quote that never ends")
  const rest = line.slice(whole.length)
  const { path, numbers } = numbersBehind(rest, refuse)
  if (path !== "") refuse(`has ${JSON.stringify(rest.trim())} behind its quoted path`)
  return { path: inside.replaceAll('""', '"'), numbers }
}

function bare(line: string, refuse: Refuse): Columns {
  const { path, numbers } = numbersBehind(line, refuse)
  if (numbers.length > 2) {
    refuse(
      `has ${numbers.length} numbers behind ${path}, of which some may be of the path`,
      quoteAdvice,
    )
  }
  const comma = lastOf(path, ",\t")
  if (comma >= 0 && isNumeric(path.slice(comma + 1)))
    refuse("separates numbers in two ways", quoteAdvice)
  if (/^'.*'$/.test(path)) refuse("has a path in single quotes", "Use double quotes.")
  const words = path.split(/[\s,;|]+/)
  const file = isMedia(path) ? -1 : words.findIndex(isMedia)
  if (file >= 0) {
    const text = JSON.stringify(words.slice(file + 1).join(" "))
    refuse(`has ${text} behind ${words[file]}`, `Labels are whole numbers. ${quoteAdvice}`)
  }
  return { path, numbers }
}

const isMedia = (path: string) => isVideo(path) || isPicture(path)

const anySeparator = " \t,"

function numbersBehind(text: string, refuse: Refuse): Columns {
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

/** As Python writes numbers. */
const isNumeric = (word: string) => /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(word.trim())

function whole(word: string, refuse: Refuse): number {
  const value = Number(word)
  return Number.isSafeInteger(value)
    ? value
    : refuse(`has ${word}, which is no whole number`, quoteAdvice)
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

/** Whether a list's first line names its columns; one whose first is not the path is refused. */
export function isHeader(line: string, refuse: Refuse): boolean {
  const names = line.split(/[\s,]+/).map((name) => name.replaceAll('"', "").toLowerCase())
  const [first, ...rest] = names
  if (rest.length === 0 || !rest.every((name) => pathColumns.has(name) || otherColumns.has(name)))
    return false
  if (pathColumns.has(first)) return rest.every((name) => otherColumns.has(name))
  if (first !== "" && !otherColumns.has(first)) return false
  return refuse(
    `names columns of which the first, ${JSON.stringify(first)}, is not the path`,
    "Write the path first and no index (index=False in pandas).",
  )
}
