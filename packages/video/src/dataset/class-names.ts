import { extname } from "node:path"
import { TubeletError } from "@tubelet/core"
import { jsonOf, linesOf, rowsOf } from "./text-files.js"

/**
 * Reads class names in the order of their labels: a text file with one name per line (optionally
 * after its number), a CSV file with the columns `id` and `name`, or JSON (an array, Hugging Face's
 * `id2label`, or numbers by name).
 *
 * @throws TubeletError naming the file if a number is missing or a name appears twice.
 */
export async function readClassNames(path: string): Promise<string[]> {
  const extension = extname(path).toLowerCase()
  const names =
    extension === ".json"
      ? namesInJson(await jsonOf(path))
      : extension === ".csv"
        ? namesInRows(await rowsOf(path))
        : namesInLines(await linesOf(path))
  const twice = names?.find((name, i) => names.indexOf(name) < i)
  if (names && names.length > 0 && twice === undefined) return names
  throw new TubeletError(
    twice === undefined ? `${path}: has no list of class names` : `${path}: names ${twice} twice`,
    'expected one name per line, a CSV file with id,name, or JSON like { "0": "run", "1": "jump" }',
  )
}

type Names = string[] | undefined

/** Names by number, counted from 0 or 1. */
function numbered(pairs: readonly (readonly [number: string, name: string])[]): Names {
  const names = new Map(pairs.map(([number, name]) => [Number(number), name]))
  const first = names.has(0) ? 0 : 1
  const all = pairs.map((_, i) => names.get(first + i))
  return all.every((name) => name !== undefined) ? all : undefined
}

function namesInLines(lines: readonly string[]): Names {
  const pairs = lines.map((line) => /^(\d+)[\s,;:]+(\S.*)$/.exec(line))
  const isNumbered = pairs.every((pair) => pair !== null)
  return isNumbered ? numbered(pairs.map(([, number, name]) => [number, name])) : [...lines]
}

const namesInRows = (rows: Awaited<ReturnType<typeof rowsOf>>): Names =>
  numbered(rows.map(({ id = "", name = "" }) => [id, name]))

function namesInJson(value: unknown): Names {
  if (Array.isArray(value)) return value.map(String)
  if (typeof value !== "object" || value === null) return undefined
  if ("id2label" in value) return namesInJson(value.id2label)
  const pairs = Object.entries(value)
  const byNumber = pairs.every(([key]) => /^\d+$/.test(key))
  return numbered(pairs.map(([key, of]) => (byNumber ? [key, `${of}`] : [`${of}`, key])))
}
