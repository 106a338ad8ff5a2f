/** Wraps a text at `width` characters; longer words stay whole. */
export function wrapped(text: string, width: number, between = " "): string[] {
  const lines: string[] = []
  for (const word of text.split(between)) {
    const longer = `${lines.at(-1)}${between}${word}`
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
