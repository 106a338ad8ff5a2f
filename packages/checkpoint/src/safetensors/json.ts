/** A header is an object of objects, which contain arrays. */
const deepest = 3

/**
 * Problems in a header that `JSON.parse` does not report: duplicate keys (it silently keeps the
 * last one, so two readers could see different files), or nesting deeper than any header's, which
 * costs memory. Invalid JSON may give any result.
 */
export function jsonProblem(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === "{" || c === "[") {
      open.push(c === "{" ? new Set() : undefined)
      if (open.length > deepest) return "its header is nested too deeply"
    } else if (c === "}" || c === "]") {
      open.pop()
    } else if (c === '"') {
      const end = stringEnd(text, i)
      const keys = isKey(text, end) && open.at(-1)
      const key = keys && text.slice(i, end)
      if (key && keys.has(unescaped(key))) return `its header has ${key} twice`
      if (key) keys.add(unescaped(key))
      i = end - 1
    }
  }
  return undefined
}

/** The end of a string, after its closing quote. */
function stringEnd(text: string, start: number): number {
  let i = start + 1
  while (i < text.length && text[i] !== '"') i += text[i] === "\\" ? 2 : 1
  return Math.min(i + 1, text.length)
}

function isKey(text: string, end: number): boolean {
  let i = end
  while (text[i] === " " || text[i] === "\t" || text[i] === "\n" || text[i] === "\r") i++
  return text[i] === ":"
}

/** The same key may be written with and without escapes. */
function unescaped(key: string): string {
  if (!key.includes("\\")) return key.slice(1, -1)
  try {
    return JSON.parse(key)
  } catch {
    return key
  }
}
