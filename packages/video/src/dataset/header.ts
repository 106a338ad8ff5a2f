import { createReadStream } from "node:fs"
import { createInterface } from "node:readline"

/** Separators of columns, the likeliest first. */
const delimiters = [",", "\t", ";"] as const

/** The first lines of a text file in any encoding. */
export async function firstLines(path: string, count: number): Promise<string[]> {
  const input = createReadStream(path, { encoding: "utf8", end: 65536 })
  const found: string[] = []
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const text = line.replace(/^\ufeff/, "").trim()
      if (text !== "") found.push(text)
      if (found.length === count) break
    }
  } finally {
    input.destroy()
  }
  return found
}

/** The separator of the columns in a table's first line. */
export function delimiterOf(table: string): string {
  const [header] = table.split("\n", 1)
  return delimiters.find((delimiter) => header.includes(delimiter)) ?? delimiters[0]
}

/** The names in the first line of a table, in lower case. */
export async function columnsIn(path: string) {
  const [header = ""] = await firstLines(path, 1)
  const names = header.split(delimiterOf(header))
  return names.map((name) =>
    name
      .trim()
      .replace(/^"(.*)"$/, "$1")
      .toLowerCase(),
  )
}
