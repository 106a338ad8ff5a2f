/** An object of tensors, which are objects, which hold arrays. */
const deepest = 3

/**
 * What is wrong with a header that `JSON.parse` would not say: a key given twice (it keeps the
 * last one silently, so two readers could see two different files), or nesting that no header
 * has and that costs memory. Text that is no JSON gives any answer.
 */
export function jsonProblem(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === "{" || c === "[") {
      open.push(c === "{" ? new Set() : undefined)
      if (open.length > deepest) return "its header is nested too deep"
    } else if (c === "}" || c === "]") {
      open.pop()
    } else if (c === '"') {
      const end = stringEnd(text, i)
      const keys = isKey(text, end) && open.at(-1)
      const key = keys && text.slice(i, end)
      if (key && keys.has(unescaped(key))) return `its header gives ${key} twice`
      if (key) keys.add(unescaped(key))
      i = end - 1
    }
  }
  return undefined
}

/** Where a string ends, its closing quote included. */
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
